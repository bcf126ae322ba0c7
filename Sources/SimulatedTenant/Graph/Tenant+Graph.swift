import Foundation

/// Microsoft Graph: from the request to the resource, and the form of its answers.
extension Tenant {
  /// The application id of Microsoft Graph.
  static let graphAppID = "00000003-0000-0000-c000-000000000000"

  mutating func respondAsGraph(to request: TenantRequest) -> TenantResponse {
    // Each request of a batch is throttled by itself.
    if request.segments.dropFirst() == ["$batch"] { return batchResponse(to: request) }
    if let throttle = faults.take(\.graphThrottle) {
      return throttledByGraph(throttle, request)
    }
    do {
      return try graphResponse(to: request)
    } catch {
      return graphResponse(error, to: request)
    }
  }

  mutating func graphResponse(
    to request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let token = try graphToken(of: request)
    let segments = request.segments
    guard segments.first == "v1.0" || segments.first == "beta" else {
      throw GraphFailure(400, "BadRequest", "Invalid version.")
    }
    guard let collection = GraphCollection(segments.dropFirst()) else {
      throw .unknownSegment("")
    }
    if let refusal = refusalBeyondLimits(request, collection, token) { return refusal }
    var response = try resourceResponse(to: request, collection, token)
    addUsage(to: &response, request, collection, token)
    return response
  }

  private mutating func resourceResponse(
    to request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    let segments = request.segments
    switch collection.name {
    case "applications":
      return try applicationsResponse(to: request, collection, token)
    case "servicePrincipals":
      return try servicePrincipalsResponse(to: request, collection, token)
    case "users":
      return try usersResponse(to: request, collection, token)
    case "policies" where segments.dropFirst(2) == ["defaultAppManagementPolicy"]:
      return try policyResponse(to: request, token)
    case "reports" where segments.dropFirst(2) == ["appCredentialSignInActivities"]:
      return try activitiesResponse(to: request, token)
    case "reports" where segments.dropFirst(2) == ["servicePrincipalSignInActivities"]:
      return try lastSignInsResponse(to: request, token)
    case "auditLogs" where segments.dropFirst(2) == ["signIns"]:
      return try signInsResponse(to: request, token)
    default:
      throw .unknownSegment(collection.name)
    }
  }

  /// The token, if it was made for Graph and has not expired.
  mutating func graphToken(of request: TenantRequest) throws(GraphFailure) -> AccessToken {
    guard request.headers["Authorization"] != nil else {
      throw .unauthenticated("Access token is empty.")
    }
    guard let token = presentedToken(in: request) else {
      throw .unauthenticated("IDX14100: JWT is not well formed, there are no dots (.).")
    }
    let isUsedUp = faults.tokenUses.map { useToken(in: request) > $0 } ?? false
    guard now < token.expiresAt, !isUsedUp else {
      throw .unauthenticated("Access token has expired or is not yet valid.")
    }
    let audiences = (endpoints.graph + [Self.graphAppID]).map(Endpoints.normalized)
    guard audiences.contains(Endpoints.normalized(token.audience)) else {
      throw .unauthenticated("Access token validation failure. Invalid audience.")
    }
    return token
  }

  private mutating func throttledByGraph(
    _ throttle: Faults.Throttle, _ request: TenantRequest
  ) -> TenantResponse {
    let status = throttle.status ?? 429
    let code = throttle.code ?? (status == 429 ? "TooManyRequests" : "serviceNotAvailable")
    let message = code == "UnknownError" ? "" : "Too many requests. Please wait and try again."
    var response = graphResponse(GraphFailure(status, code, message), to: request)
    response.headers["Retry-After"] = throttle.retryAfter.map(String.init)
    if status == 429 {
      response.headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
      response.headers["x-ms-throttle-scope"] = "Tenant_Application/ReadWrite/\(id)"
    }
    return response
  }

  // MARK: - Answers

  /// A refusal with the ids by which Microsoft finds the request again.
  mutating func graphResponse(
    _ failure: GraphFailure, to request: TenantRequest
  ) -> TenantResponse {
    let headers = graphHeaders(for: request)
    let body: JSON = [
      "error": [
        "code": .string(failure.code),
        "message": .string(failure.message),
        "innerError": [
          "date": .string(WireTime.innerError(now)),
          "request-id": .optional(headers["request-id"]),
          "client-request-id": .optional(headers["client-request-id"]),
        ],
      ]
    ]
    var response = TenantResponse(status: failure.status, json: body, headers: headers)
    response.headers["Content-Type"] = "application/json"
    return response
  }

  /// The fields of every answer.
  ///
  /// See <https://learn.microsoft.com/graph/best-practices-concept>.
  mutating func graphHeaders(for request: TenantRequest) -> HeaderFields {
    let requestID = random.guid()
    return [
      "Cache-Control": "no-cache",
      "Content-Type":
        "application/json;odata.metadata=minimal;odata.streaming=true;"
        + "IEEE754Compatible=false;charset=utf-8",
      "request-id": requestID,
      "client-request-id": request.headers["client-request-id"] ?? requestID,
      "x-ms-ags-diagnostic":
        #"{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","#
        + #""ScaleUnit":"000","RoleInstance":"AM0PEPF00000000"}}"#,
      "OData-Version": "4.0",
      "x-ms-resource-unit": "1",
    ]
  }

  /// Where Graph's metadata is, with the part after the `#`.
  func graphContext(_ fragment: String, for request: TenantRequest) -> JSON {
    let origin = request.origin(otherwise: endpoints.graph.first ?? "")
    return .string("\(origin)/v1.0/$metadata#\(fragment)")
  }

  /// One page of a collection, with the link to the next.
  mutating func graphPage(
    of positions: [Int], _ page: GraphPage, named name: String, for request: TenantRequest,
    member: (inout Tenant, Int) -> JSON
  ) throws(GraphFailure) -> TenantResponse {
    let skipped = try page.skipped
    let end = min(positions.count, skipped + page.size)
    let members = positions[min(skipped, end)..<end].map { position in
      let whole = member(&self, position)
      return page.selected.isEmpty ? whole : whole.selecting(page.selected)
    }
    let fragment =
      page.selected.isEmpty ? name : "\(name)(\(page.selected.joined(separator: ",")))"
    var body: [(key: String, value: JSON)] = [
      ("@odata.context", graphContext(fragment, for: request))
    ]
    if page.countsMembers && skipped == 0 {
      body.append(("@odata.count", .number(positions.count)))
    }
    if end < positions.count {
      let link = link(
        to: GraphPage.token(for: end), named: "$skiptoken", keeping: request.query, for: request)
      body.append(("@odata.nextLink", .string(link)))
    }
    body.append(("value", .array(members)))
    return TenantResponse(status: 200, json: .object(body), headers: graphHeaders(for: request))
  }
}
