/// A Dataverse environment with its application users.
public struct DataverseEnvironment: Sendable {
  /// A user that stands for an application in the environment.
  public struct ApplicationUser: Sendable {
    /// The client id of the application.
    public var appID: String
    /// The id that `WhoAmI` answers with.
    public var systemUserID: String
    /// The full name.
    public var fullName: String
    /// Whether an administrator has disabled the user.
    public var isDisabled = false
    /// The names of its security roles.
    public var roles: [String]

    /// Creates an enabled user.
    public init(
      appID: String, systemUserID: String, fullName: String,
      roles: [String] = ["System Administrator"]
    ) {
      self.appID = appID
      self.systemUserID = systemUserID
      self.fullName = fullName
      self.roles = roles
    }
  }

  /// The base URLs of the environment, without a final slash; the first is written into answers.
  public var urls: [String]
  /// The id of the organization.
  public var organizationID: String
  /// The id of the root business unit.
  public var businessUnitID: String
  /// The application users.
  public var applicationUsers: [ApplicationUser] = []

  /// Creates an environment without application users.
  public init(urls: [String], organizationID: String, businessUnitID: String) {
    self.urls = urls
    self.organizationID = organizationID
    self.businessUnitID = businessUnitID
  }
}

extension Tenant {
  /// Adds an environment whose ids the tenant makes.
  ///
  /// - Parameters:
  ///   - urls: Its base URLs, without a final slash.
  ///   - appIDs: The client ids of the applications that get an application user with the role
  ///     System Administrator.
  /// - Returns: The environment with its ids.
  @discardableResult
  public mutating func addEnvironment(
    urls: [String], applicationUsers appIDs: [String] = []
  ) -> DataverseEnvironment {
    var environment = DataverseEnvironment(
      urls: urls, organizationID: random.guid(), businessUnitID: random.guid())
    environment.applicationUsers = appIDs.map { applicationUser(for: $0) }
    environments.append(environment)
    return environment
  }

  /// Adds an application user with the role System Administrator to the environment at a position.
  public mutating func addApplicationUser(_ appID: String, toEnvironment position: Int) {
    environments[position].applicationUsers.append(applicationUser(for: appID))
  }

  private mutating func applicationUser(
    for appID: String
  ) -> DataverseEnvironment.ApplicationUser {
    DataverseEnvironment.ApplicationUser(
      appID: appID.lowercased(), systemUserID: random.guid(),
      fullName: "# " + (application(appID: appID)?.displayName ?? appID))
  }
}
