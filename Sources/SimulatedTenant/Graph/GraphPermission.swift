/// What a caller of Graph may do, by the roles in its token and by what it owns.
///
/// See <https://learn.microsoft.com/graph/permissions-reference#application-permissions>.
enum GraphPermission {
  private static let writesAll: Set = ["Application.ReadWrite.All", "Directory.ReadWrite.All"]
  private static let writesOwned = "Application.ReadWrite.OwnedBy"
  private static let readsAll: Set = ["Application.Read.All", "Directory.Read.All"]
  private static let readsPolicies: Set = [
    "Policy.Read.All", "Policy.Read.ApplicationConfiguration",
    "Policy.ReadWrite.ApplicationConfiguration",
  ]

  private static let readsSignIns: Set = ["AuditLog.Read.All", "Directory.Read.All"]

  private static let readsUsers: Set = [
    "User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All",
    "Directory.ReadWrite.All",
  ]

  static func canReadUsers(_ token: AccessToken) -> Bool {
    !readsUsers.isDisjoint(with: token.roles)
  }

  static func canRead(_ token: AccessToken) -> Bool {
    !readsAll.union(writesAll).union([writesOwned]).isDisjoint(with: token.roles)
  }

  static func canWrite(_ token: AccessToken, to application: RegisteredApplication) -> Bool {
    if !writesAll.isDisjoint(with: token.roles) { return true }
    return token.roles.contains(writesOwned) && application.owners.contains(token.appID)
  }

  static func canReadPolicies(_ token: AccessToken) -> Bool {
    !readsPolicies.isDisjoint(with: token.roles)
  }

  static func canReadSignIns(_ token: AccessToken) -> Bool {
    !readsSignIns.isDisjoint(with: token.roles)
  }
}
