import Foundation

/// `/servicePrincipals`: reading the enterprise application of an application.
///
/// See <https://learn.microsoft.com/graph/api/serviceprincipal-get>.
extension Tenant {
  mutating func servicePrincipalsResponse(
    to request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard GraphPermission.canRead(token) else { throw .denied }
    guard collection.rest.isEmpty else { throw .unknownSegment(collection.rest[0]) }
    let query = FormFields(request.query)
    guard let key = collection.key else {
      let page = try GraphPage(query, isEventual: request.headers["ConsistencyLevel"] != nil)
      let positions = try servicePrincipalPositions(query["$filter"])
      return try graphPage(of: positions, page, named: "servicePrincipals", for: request) {
        Self.servicePrincipalObject($0.applications[$1], in: $0.id)
      }
    }
    let application = try servicePrincipal(of: key)
    let whole = Self.servicePrincipalObject(application, in: id)
    let selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
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
  ) throws(GraphFailure) -> RegisteredApplication {
    let (found, name) =
      switch key {
      case .appID(let appID): (application(appID: appID), appID)
      case .id(let id):
        (
          applications.first {
            $0.servicePrincipalID == id.lowercased() && $0.deletedAt == nil
          }, id
        )
      }
    guard let found, found.hasServicePrincipal else { throw .notFound(name) }
    return found
  }

  private static func servicePrincipalObject(
    _ application: RegisteredApplication, in tenantID: String
  ) -> JSON {
    [
      "id": .string(application.servicePrincipalID),
      "deletedDateTime": nil,
      "accountEnabled": .bool(application.isEnabled),
      "appDisplayName": .string(application.displayName),
      "appId": .string(application.appID),
      "appOwnerOrganizationId": .string(tenantID),
      "appRoleAssignmentRequired": false,
      "createdDateTime": .string(WireTime.seconds(application.createdAt)),
      "displayName": .string(application.displayName),
      "servicePrincipalNames": [.string(application.appID)],
      "servicePrincipalType": "Application",
      "signInAudience": .string(application.signInAudience.rawValue),
      "appRoles": [],
      "keyCredentials": [],
      "oauth2PermissionScopes": [],
      "passwordCredentials": [],
    ]
  }
}
