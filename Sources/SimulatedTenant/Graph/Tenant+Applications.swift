import Foundation

/// `/applications`: list, count, read, policies, and the two actions on passwords.
///
/// See <https://learn.microsoft.com/graph/api/resources/application>.
extension Tenant {
  mutating func applicationsResponse(
    to request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard let key = collection.key else {
      guard request.method == "GET" else { throw .methodNotAllowed }
      guard GraphPermission.canRead(token) else { throw .denied }
      switch collection.rest {
      case []: return try applicationList(for: request)
      case ["delta"]: return try deltaResponse(to: request)
      case ["$count"]: return try applicationCount(for: request)
      default: throw .unknownSegment(collection.rest[0])
      }
    }
    switch (collection.rest, request.method) {
    case ([], "GET"):
      guard GraphPermission.canRead(token) else { throw .denied }
      return try applicationResponse(at: try position(of: key), for: request)
    case (["addPassword"], "POST"):
      return try write(to: key, token, request) { tenant, position throws(GraphFailure) in
        try tenant.addPassword(at: position, for: request)
      }
    case (["removePassword"], "POST"):
      return try write(to: key, token, request) { tenant, position throws(GraphFailure) in
        try tenant.removePassword(at: position, for: request)
      }
    case (["appManagementPolicies"], "GET"):
      guard GraphPermission.canRead(token) else { throw .denied }
      return try applicationPoliciesResponse(at: try position(of: key), for: request, token)
    case (["owners"], "GET"):
      guard GraphPermission.canRead(token), !faults.ownersForbidden else { throw .denied }
      return try ownersResponse(at: try position(of: key), for: request, token)
    case ([], _), (["addPassword"], _), (["removePassword"], _), (["appManagementPolicies"], _),
      (["owners"], _):
      throw .methodNotAllowed
    default:
      throw .unknownSegment(collection.rest[0])
    }
  }

  /// The position of the application that a key addresses.
  mutating func position(of key: GraphCollection.Key) throws(GraphFailure) -> Int {
    switch key {
    case .appID(let appID):
      touch(appID: appID)
      guard let position = position(appID: appID) else { throw .notFound(appID) }
      return position
    case .id(let objectID):
      guard UUID(uuidString: objectID) != nil else {
        throw GraphFailure(
          400, "Request_BadRequest", "Invalid object identifier '\(objectID)'.")
      }
      touch(objectID: objectID)
      guard let position = position(objectID: objectID) else { throw .notFound(objectID) }
      return position
    }
  }

  private mutating func applicationList(
    for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let query = FormFields(request.query)
    let page = try GraphPage(query, isEventual: isEventual(request))
    try check(selection: page.selected)
    let filter = try ApplicationFilter(query["$filter"])
    guard filter != .all else { return try wholeList(page, for: request) }
    let positions = positions(matching: filter)
    return try graphPage(of: positions, page, named: "applications", for: request) {
      $0.applicationObject(at: $1, page.selected)
    }
  }

  private mutating func applicationCount(
    for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    guard isEventual(request) else {
      throw GraphFailure(400, "Request_BadRequest", "$count is not currently supported.")
    }
    let filter = try ApplicationFilter(FormFields(request.query)["$filter"])
    var headers = graphHeaders(for: request)
    headers["Content-Type"] = "text/plain"
    let count = filter == .all ? applicationCount : positions(matching: filter).count
    return TenantResponse(status: 200, headers: headers, body: Data(String(count).utf8))
  }

  private mutating func applicationResponse(
    at position: Int, for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let query = FormFields(request.query)
    let selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
    try check(selection: selected)
    let properties = applicationObject(at: position, selected)
    let part = selected.isEmpty ? "" : "(\(selected.joined(separator: ",")))"
    let context = graphContext("applications\(part)/$entity", for: request)
    return TenantResponse(
      status: 200, json: properties.prefixed(by: [("@odata.context", context)]),
      headers: graphHeaders(for: request))
  }

  private func isEventual(_ request: TenantRequest) -> Bool {
    request.headers["ConsistencyLevel"]?.lowercased() == "eventual"
  }

  func check(
    selection: [String], of list: DirectoryList = .applications
  ) throws(GraphFailure) {
    let known =
      list == .applications ? Self.applicationProperties : Self.servicePrincipalProperties
    for name in selection where !known.contains(name) {
      throw GraphFailure(
        400, "BadRequest",
        """
        Parsing OData Select and Expand failed: Could not find a property named '\(name)' on type \
        'microsoft.graph.\(list == .applications ? "application" : "servicePrincipal")'.
        """)
    }
  }

  /// What holds for every write: privileges, conflicts, and an answer that may get lost.
  private mutating func write(
    to key: GraphCollection.Key, _ token: AccessToken, _ request: TenantRequest,
    effect: (inout Tenant, Int) throws(GraphFailure) -> TenantResponse
  ) throws(GraphFailure) -> TenantResponse {
    let position = try position(of: key)
    guard !faults.writesForbidden, GraphPermission.canWrite(token, to: applications[position])
    else { throw .denied }
    if faults.takeConcurrencyViolation(ofAddition: request.path.hasSuffix("/addPassword")) {
      throw .concurrencyViolation(status: faults.concurrencyViolationStatus)
    }
    var response = try effect(&self, position)
    if faults.lostAnswers > 0 {
      faults.lostAnswers -= 1
      response.delivery = .connectionClosed
    }
    return response
  }
}
