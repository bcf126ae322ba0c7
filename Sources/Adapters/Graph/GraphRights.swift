import Keyturn

/// What keyturn needs in a tenant, and how to give it.
///
/// Source: Microsoft Graph v1.0, permissions of "application: addPassword" and "List applications";
/// Microsoft Graph permissions reference, `Application.ReadWrite.OwnedBy`.
struct GraphRights {
  let caller: DirectoryCaller

  /// How the rights to change the application's client secrets are given.
  var changes: String {
    switch caller.connection.server.graph?.signIn ?? .connection {
    case .connection:
      return application(client, called: "the application \(client)")
    case .certificate(let clientID, _), .clientSecret(let clientID, _),
      .managedIdentity(let clientID?), .workloadIdentity(let clientID?, _):
      let id = clientID.shown(upTo: 64)
      return application(id, called: "the application \(id)")
    case .managedIdentity(nil), .workloadIdentity(nil, _):
      return application("ITS_CLIENT_ID", called: "the identity that keyturn signs in with")
    case .azureCLI, .deviceCode:
      return "whoever signs in needs the role Application Administrator or Cloud Application"
        + " Administrator, or has to be among the owners of \(client) (its Owners page)"
    }
  }

  /// How a permission for reading is given.
  func reading(_ permission: String) -> String {
    switch caller.connection.server.graph?.signIn ?? .connection {
    case .azureCLI, .deviceCode:
      "whoever signs in needs the role "
        + (permission == GraphCall.readingAll
          ? "Directory Readers" : "Reports Reader or Security Reader")
        + ", and \(permission)"
    case .connection, .certificate, .clientSecret, .managedIdentity, .workloadIdentity:
      "give keyturn's application the application permission \(permission) of Microsoft Graph (API"
        + " permissions > Add a permission > Application permissions, then Grant admin consent)"
    }
  }

  private var client: String { caller.connection.clientID.shown(upTo: 64) }

  /// Both parts are needed: a permission for what it owns, and the ownership.
  private func application(_ id: String, called name: String) -> String {
    "give \(name) the application permission Application.ReadWrite.OwnedBy of Microsoft Graph (API"
      + " permissions > Add a permission > Application permissions, then Grant admin consent), and"
      + " make it an owner of the application whose secrets it renews: az ad app owner add --id"
      + " \(client) --owner-object-id \"$(az ad sp show --id \(id) --query id -o tsv)\""
  }
}
