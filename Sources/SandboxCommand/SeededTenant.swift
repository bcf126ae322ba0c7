import Foundation
import SimulatedTenant

/// The tenant that a sandbox starts with.
struct SeededTenant: Sendable {
  private(set) var tenant: Tenant
  /// The application whose secret a connection uses.
  let connection: RegisteredApplication
  /// The application that may change every application, for `az` and for Microsoft's SDKs.
  let automation: RegisteredApplication
  /// The connection's secret.
  let secret: IssuedSecret
  /// The automation application's secret.
  let automationSecret: IssuedSecret

  /// Makes the tenant.
  ///
  /// - Parameters:
  ///   - seed: Decides every id and every secret.
  ///   - tenantID: The directory id; `nil` makes one from the seed.
  ///   - now: The first time on the tenant's clock.
  ///   - replication: How long changes take to spread.
  ///   - daysLeft: Days until the connection's secret expires.
  ///   - rotatesItself: Whether the connection's application owns itself and may change what it
  ///     owns.
  ///   - hosts: Further names under which services are reached.
  ///   - population: Applications beside those that it always has.
  init(
    seed: UInt64, tenantID: String?, now: Date, replication: Replication, daysLeft: Int,
    rotatesItself: Bool, hosts: [String], population: ApplicationPopulation? = nil
  ) {
    var tenant = Tenant(seed: seed, id: tenantID, now: now, replication: replication)
    connection = tenant.register(
      Self.connection(
        named: "Magentrix D365 OAuth 2", daysLeft: daysLeft, rotatesItself: rotatesItself, at: now))

    let registration = Self.automation(at: now)
    automation = tenant.register(registration)
    // The machine's identity has an id of its own, which the seed decides like any other.
    tenant.managedIdentities = [
      ManagedIdentity(clientID: automation.servicePrincipalID, appRoles: registration.appRoles)
    ]

    for other in Self.others(at: now) { tenant.register(other) }
    if let population { tenant.populate(population) }
    let environments = hosts.filter { $0.contains("dynamics") }.map { "https://" + $0 }
    tenant.addEnvironment(
      urls: environments + ["https://contoso.crm.dynamics.com"],
      applicationUsers: [connection.appID])
    secret = connection.history[0]
    automationSecret = automation.history[0]
    self.tenant = tenant
    addEndpoints(for: hosts)
  }

  /// The days that the secret of a connection may have left.
  static let daysLeft = -3650...3650

  /// An application that a connection uses, with one secret of 730 days.
  static func connection(
    named displayName: String, daysLeft: Int, rotatesItself: Bool, at now: Date
  ) -> ApplicationRegistration {
    let inUse = secret("Magentrix D365 Secret", from: daysLeft - 730, to: daysLeft, at: now)
    var registration = ApplicationRegistration(displayName: displayName, secrets: [inUse])
    if rotatesItself {
      registration.appRoles = ["Application.ReadWrite.OwnedBy"]
      registration.ownsItself = true
    }
    return registration
  }

  /// The application that may change every application.
  static func automation(at now: Date) -> ApplicationRegistration {
    var registration = ApplicationRegistration(
      displayName: "Secret automation", secrets: [secret("az", from: -30, to: 335, at: now)])
    registration.signInAudience = .myOrganization
    registration.appRoles = [
      "Application.ReadWrite.All", "AuditLog.Read.All", "Mail.Send", "Policy.Read.All",
      "User.ReadBasic.All",
    ]
    return registration
  }

  /// Applications that have nothing to do with the connection and still show up in lists.
  private static func others(at now: Date) -> [ApplicationRegistration] {
    var personal = ApplicationRegistration(
      displayName: "Partner app", secrets: [secret("Sign-in", from: -200, to: 165, at: now)])
    personal.signInAudience = .organizationsAndPersonalAccounts
    return [
      ApplicationRegistration(
        displayName: "Payroll export", secrets: [secret("rbac", from: -760, to: -30, at: now)]),
      ApplicationRegistration(
        displayName: "Warehouse sync",
        secrets: [
          secret("old", from: -360, to: 5, at: now), secret("new", from: -10, to: 355, at: now),
        ]),
      ApplicationRegistration(displayName: "Single-page portal"),
      // A name that does harm wherever it is printed without care.
      ApplicationRegistration(
        displayName: "\u{1b}[31mred\u{1b}[0m\u{7}\r\n<script>alert(1)</script>\"'&\u{202e}",
        secrets: [secret("a\tb\u{1b}[2J", from: -1, to: 60, at: now)]),
      personal,
    ]
  }

  private static func secret(
    _ displayName: String, from: Int, to: Int, at now: Date
  ) -> ApplicationRegistration.Secret {
    ApplicationRegistration.Secret(
      displayName: displayName, startsAt: now.addingTimeInterval(Double(from) * 86_400),
      expiresAt: now.addingTimeInterval(Double(to) * 86_400))
  }

  /// Makes names of national clouds known as the services that they are at Microsoft.
  private mutating func addEndpoints(for hosts: [String]) {
    for host in hosts {
      let url = "https://" + host
      if host.hasPrefix("login.") { tenant.endpoints.login.append(url) }
      if host.contains("graph") { tenant.endpoints.graph.append(url) }
      if host.hasPrefix("management.") { tenant.endpoints.resourceManager.append(url) }
    }
  }
}
