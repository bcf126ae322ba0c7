import Foundation

/// `/servicePrincipals`: reading the enterprise application of an application.
///
/// See <https://learn.microsoft.com/graph/api/serviceprincipal-get>.
extension Tenant {
  mutating func servicePrincipalsResponse(
    to request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard GraphPermission.canRead(token), !faults.principalsForbidden else { throw .denied }
    if collection.key == nil, collection.rest == ["delta"] {
      return try deltaResponse(to: request, of: .servicePrincipals)
    }
    guard collection.rest.isEmpty else { throw .unknownSegment(collection.rest[0]) }
    let query = FormFields(request.query)
    guard let key = collection.key else {
      let page = try GraphPage(query, isEventual: request.headers["ConsistencyLevel"] != nil)
      try check(selection: page.selected, of: .servicePrincipals)
      guard let filter = query.nonEmpty("$filter") else {
        return try wholeList(page, of: .servicePrincipals, for: request)
      }
      let positions = try servicePrincipalPositions(filter)
      return try graphPage(of: positions, page, named: "servicePrincipals", for: request) {
        $0.principal(of: $0.applications[$1]).object(
          in: $0.id, showsKeys: page.selected.contains("keyCredentials"))
      }
    }
    let selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
    try check(selection: selected, of: .servicePrincipals)
    let whole = try servicePrincipal(of: key).object(
      in: id, showsKeys: selected.contains("keyCredentials"))
    let properties = selected.isEmpty ? whole : whole.selecting(selected)
    let context = graphContext("servicePrincipals/$entity", for: request)
    return TenantResponse(
      status: 200, json: properties.prefixed(by: [("@odata.context", context)]),
      headers: graphHeaders(for: request))
  }

  private mutating func servicePrincipalPositions(_ filter: String?) throws(GraphFailure) -> [Int] {
    let filter = try ApplicationFilter(filter)
    let positions: [Int]
    if case .objectID(let id) = filter {
      positions = applications.indices.filter {
        applications[$0].servicePrincipalID == id.lowercased()
      }
    } else if case .all = filter {
      positions = Array(applications.indices)
    } else {
      positions = self.positions(matching: filter)
    }
    return positions.filter {
      applications[$0].hasServicePrincipal && applications[$0].deletedAt == nil
    }
  }

  private func servicePrincipal(
    of key: GraphCollection.Key
  ) throws(GraphFailure) -> ServicePrincipal {
    let (found, name): (ServicePrincipal?, String) =
      switch key {
      case .appID(let appID):
        (
          application(appID: appID).flatMap { $0.hasServicePrincipal ? principal(of: $0) : nil }
            ?? foreignPrincipals.first { $0.appID == appID.lowercased() }, appID
        )
      case .id(let id): (principal(objectID: id.lowercased()), id)
      }
    guard let found, found.deletedAt == nil else { throw .notFound(name) }
    return found
  }

  private func principal(objectID: String) -> ServicePrincipal? {
    let application = applications.first { $0.servicePrincipalID == objectID }
    if let application {
      let isThere = application.hasServicePrincipal && application.deletedAt == nil
      return isThere ? principal(of: application) : nil
    }
    if let found = foreignPrincipals.first(where: { $0.objectID == objectID }) { return found }
    guard let population, let bits = GUIDBits(objectID) else { return nil }
    return population.principalNumber(objectID: bits).map(population.principal)
  }

  /// What stands for an application of the tenant.
  func principal(of application: RegisteredApplication) -> ServicePrincipal {
    var principal = ServicePrincipal(
      objectID: application.servicePrincipalID, appID: application.appID,
      displayName: application.displayName, ownerTenantID: id,
      credentials: application.principal, createdAt: application.createdAt)
    principal.isEnabled = application.isEnabled
    principal.audience = application.signInAudience
    return principal
  }
}

extension ServicePrincipal {
  /// A service principal as Graph writes it.
  func object(in tenantID: String, showsKeys: Bool) -> JSON {
    [
      "id": .string(objectID),
      "deletedDateTime": nil,
      "accountEnabled": .bool(isEnabled),
      "appDisplayName": .string(displayName),
      "appId": .string(appID),
      "appOwnerOrganizationId": .string(ownerTenantID.isEmpty ? tenantID : ownerTenantID),
      "appRoleAssignmentRequired": false,
      "createdDateTime": .string(WireTime.seconds(createdAt)),
      "displayName": .string(displayName),
      "servicePrincipalNames": [.string(appID)],
      "servicePrincipalType": .string(kind.rawValue),
      "signInAudience": .string(audience.rawValue),
      "appRoles": [],
      "keyCredentials": credentials.keys(showsKey: showsKeys),
      "oauth2PermissionScopes": [],
      "passwordCredentials": credentials.passwords(of: objectID),
    ]
  }
}
