public import Foundation

/// An application object of the tenant, with the truth about its client secrets.
public struct RegisteredApplication: Sendable {
  /// The last change of the secrets, which a lost update takes back.
  enum Change: Sendable {
    case addition(keyID: String)
    case removal(keyID: String)
  }

  /// The id of the application object, which addresses it in Graph.
  public let objectID: String
  /// The client id.
  public let appID: String
  /// The id of the enterprise application, which stands for the application in this tenant.
  public let servicePrincipalID: String
  /// When it was registered.
  public let createdAt: Date
  /// The name in the portal.
  public var displayName: String
  /// Who may sign in.
  public var signInAudience: ApplicationRegistration.SignInAudience
  /// The application permissions on Microsoft Graph.
  public var appRoles: Set<String>
  /// The client ids of the applications whose service principals own this one.
  public var owners: Set<String>
  /// Whether the enterprise application is enabled for users to sign in.
  public var isEnabled: Bool
  /// Whether the tenant has an enterprise application for it.
  public var hasServicePrincipal: Bool
  /// The policy for its credentials that is assigned to it, in place of the tenant's default.
  public var managementPolicy: ManagementPolicy?
  /// Whether people may sign in with it from a program, without a secret.
  public var isPublicClient = false
  /// The certificates that it may sign in with.
  public var certificates: [RegisteredCertificate] = []
  /// The tokens of other issuers that it may sign in with.
  public var federatedCredentials: [FederatedCredential] = []
  /// Every secret that was ever made, in the order of making; removed ones have a date of removal.
  public internal(set) var history: [IssuedSecret] = []

  /// The credentials of its service principal, beside its own.
  public var principal = PrincipalCredentials()
  /// The people who own it, beside the applications that do.
  public var userOwners: [DirectoryUser] = []
  /// When it signed in last, before the sign-ins that the tenant records by itself; `nil` for never.
  public var lastSignInAt: Date?
  /// When it was deleted; `nil` as long as it exists.
  public internal(set) var deletedAt: Date?

  /// Whether it was deleted for good, and not for the 30 days in which it can be restored.
  var isPurged = false
  /// Its number in the ``ApplicationPopulation`` that it comes from.
  var populationNumber: Int?
  /// The tenant's revision when anything about it changed last.
  var revision = 0
  /// The tenant's revision when anything about its service principal changed last.
  var principalRevision = 0
  /// The tenant's revision when something other than its credentials changed last.
  var propertyRevision = 0
  var lastChange: (change: Change, at: Date)?

  /// The secrets that have not been removed, expired ones included.
  public var secrets: [IssuedSecret] { history.filter { $0.removedAt == nil } }

  /// The secret with a key id that has not been removed.
  public func secret(keyID: String) -> IssuedSecret? {
    history.first { $0.keyID == keyID.lowercased() && $0.removedAt == nil }
  }
}
