import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

/// A simulated tenant whose application renews its own secret, and a client that talks to it.
struct GraphScene {
  let world = TestWorld()
  let tenant: TenantTransport
  let client: GraphClient
  let connection: Connection
  /// The secret in use.
  let secret: IssuedSecret

  init(
    replication: Replication = .none,
    register: (inout ApplicationRegistration) -> Void = { _ in }
  ) throws {
    let now = world.now
    var tenant = Tenant(
      seed: 7, id: Connection.entraDirectory, now: now, replication: replication)
    var registration = ApplicationRegistration(
      displayName: "Magentrix D365 OAuth 2", appID: Connection.entraClient,
      secrets: [
        ApplicationRegistration.Secret(
          displayName: "Magentrix D365 Secret", startsAt: now.addingTimeInterval(-700 * 86_400),
          expiresAt: now.addingTimeInterval(30 * 86_400))
      ])
    registration.appRoles = ["Application.ReadWrite.OwnedBy"]
    registration.ownsItself = true
    register(&registration)
    secret = try #require(tenant.register(registration).history.last)
    connection = try .entra()
    tenant.addEnvironment(
      urls: ["https://contoso.crm.dynamics.com"], applicationUsers: [Connection.entraClient])
    self.tenant = TenantTransport(tenant, context: world.context)
    client = GraphClient(
      transport: self.tenant.transport,
      tokens: ConnectionTokens(transport: self.tenant.transport, context: world.context),
      context: world.context)
  }

  var caller: DirectoryCaller {
    DirectoryCaller(connection, secret: SecretValue(secret.value))
  }

  /// Changes what goes wrong.
  func set<T: Sendable>(_ fault: WritableKeyPath<Faults, T> & Sendable, _ value: T) {
    tenant.withTenant { $0.faults[keyPath: fault] = value }
  }

  /// Makes a client secret that lives so many days.
  func addPassword(days: Int = 365) async throws(DirectoryFailure) -> ClientSecret {
    try await client.addPassword(
      named: "Magentrix D365 Secret · kt-ab12-cd34ef",
      until: world.now.addingTimeInterval(Double(days) * 86_400), caller)
  }

  /// The application's secrets as they really are.
  var secrets: [IssuedSecret] {
    tenant.withTenant { $0.application(appID: Connection.entraClient)?.secrets ?? [] }
  }

  /// How often a path was asked for.
  func count(of part: String) -> Int {
    tenant.requests.count { $0.path.contains(part) }
  }
}

/// What a call fails with; an issue where it does not fail.
func failure(
  of call: () async throws(DirectoryFailure) -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> DirectoryFailure {
  do {
    try await call()
  } catch {
    return error
  }
  try #require(Bool(false), "the call succeeded", sourceLocation: sourceLocation)
  throw CancellationError()
}
