import Foundation

/// `/applications/{id}/owners`: the people and the service principals that own an application.
///
/// See <https://learn.microsoft.com/graph/api/application-list-owners>.
extension Tenant {
  mutating func ownersResponse(
    at position: Int, for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let application = applications[position]
    let people = application.userOwners.map(Self.userObject)
    let principals = application.owners.sorted().compactMap { owner in
      self.application(appID: owner).map(Self.ownerObject)
    }
    let owners = people + principals
    let page = try GraphPage(FormFields(request.query), isEventual: true)
    return try graphPage(
      of: Array(owners.indices), page, named: "directoryObjects", for: request
    ) { owners[$1] }
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
