import Foundation

/// `/applications/{id}/owners`: the people and the service principals that own an application.
///
/// See <https://learn.microsoft.com/graph/api/application-list-owners>.
extension Tenant {
  mutating func ownersResponse(
    at position: Int, for request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    let application = applications[position]
    let isReadable = GraphPermission.canReadUsers(token)
    let people = application.userOwners.map {
      isReadable ? Self.userObject($0) : Self.withheld(Self.userObject($0))
    }
    let principals = application.owners.sorted().compactMap { owner in
      self.application(appID: owner).map(Self.ownerObject)
    }
    let owners = people + principals
    let page = try GraphPage(FormFields(request.query), isEventual: true)
    return try graphPage(
      of: Array(owners.indices), page, named: "directoryObjects", for: request
    ) { owners[$1] }
  }

  /// An object of a kind that the caller may not read: its kind and its id, and nothing else.
  ///
  /// See <https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects>.
  private static func withheld(_ object: JSON) -> JSON {
    .object(
      object.members.map {
        ["@odata.type", "id"].contains($0.key) ? $0 : (key: $0.key, value: .null)
      })
  }

  private static func userObject(_ user: DirectoryUser) -> JSON {
    [
      "@odata.type": "#microsoft.graph.user",
      "id": .string(user.objectID),
      "businessPhones": [],
      "displayName": .string(user.displayName),
      "givenName": .optional(user.displayName.split(separator: " ").first.map(String.init)),
      "jobTitle": nil,
      "mail": .string(user.principalName),
      "mobilePhone": nil,
      "officeLocation": nil,
      "preferredLanguage": nil,
      "surname": .optional(user.displayName.split(separator: " ").last.map(String.init)),
      "userPrincipalName": .string(user.principalName),
    ]
  }

  private static func ownerObject(_ application: RegisteredApplication) -> JSON {
    [
      "@odata.type": "#microsoft.graph.servicePrincipal",
      "id": .string(application.servicePrincipalID),
      "appDisplayName": .string(application.displayName),
      "appId": .string(application.appID),
      "displayName": .string(application.displayName),
      "servicePrincipalType": "Application",
    ]
  }
}
