public import Foundation

/// What is known of an application when it is registered in the tenant.
public struct ApplicationRegistration: Sendable {
  /// A client secret that the application has from the start, known to every replica.
  public struct Secret: Sendable {
    /// The description in the portal.
    public var displayName: String?
    /// When the secret begins to be valid.
    public var startsAt: Date
    /// When the secret stops being valid.
    public var expiresAt: Date

    /// Creates a secret whose value the tenant makes up.
    public init(displayName: String?, startsAt: Date, expiresAt: Date) {
      self.displayName = displayName
      self.startsAt = startsAt
      self.expiresAt = expiresAt
    }
  }

  /// Who may sign in to an application; the raw values are Graph's.
  public enum SignInAudience: String, Sendable {
    case myOrganization = "AzureADMyOrg"
    case multipleOrganizations = "AzureADMultipleOrgs"
    case organizationsAndPersonalAccounts = "AzureADandPersonalMicrosoftAccount"
    case personalAccounts = "PersonalMicrosoftAccount"

    /// How many client secrets an application of this audience may have.
    ///
    /// See <https://learn.microsoft.com/entra/identity-platform/supported-accounts-validation>.
    var secretLimit: Int? {
      switch self {
      case .myOrganization, .multipleOrganizations: nil
      case .organizationsAndPersonalAccounts, .personalAccounts: 2
      }
    }
  }

  /// The name in the portal.
  public var displayName: String
  /// The client id; `nil` lets the tenant make one.
  public var appID: String?
  /// Who may sign in.
  public var signInAudience: SignInAudience = .multipleOrganizations
  /// The application permissions on Microsoft Graph that an administrator has consented to.
  public var appRoles: Set<String> = []
  /// The client ids of the applications whose service principals own this one.
  public var owners: Set<String> = []
  /// The people who own this one.
  public var userOwners: [DirectoryUser] = []
  /// Whether the application's own service principal is among its owners.
  public var ownsItself = false
  /// Whether the enterprise application is enabled for users to sign in.
  public var isEnabled = true
  /// Whether the tenant has an enterprise application for it.
  public var hasServicePrincipal = true
  /// When it was registered; `nil` for now.
  public var createdAt: Date?
  /// The policy for its credentials that is assigned to it.
  public var managementPolicy: ManagementPolicy?
  /// Whether people may sign in with it from a program, without a secret.
  public var isPublicClient = false
  /// The secrets that it starts with.
  public var secrets: [Secret] = []

  /// Creates a registration with the portal's defaults and no secret.
  public init(displayName: String, appID: String? = nil, secrets: [Secret] = []) {
    self.displayName = displayName
    self.appID = appID
    self.secrets = secrets
  }
}
