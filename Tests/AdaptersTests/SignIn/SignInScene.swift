import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

/// A tenant in which an application for automation may sign in, in every way that there is.
final class SignInScene: Sendable {
  static let automationID = "11112222-bbbb-3333-cccc-4444dddd5555"

  let world: TestWorld
  let tenant: TenantTransport
  let folder: URL
  /// The automation application's client secret.
  let secret: SecretValue

  init(world: TestWorld = TestWorld()) throws {
    self.world = world
    var tenant = Tenant(
      seed: 11, id: Connection.entraDirectory, now: world.now, replication: .none)
    let lived = ApplicationRegistration.Secret(
      displayName: "keyturn", startsAt: world.now.addingTimeInterval(-86_400),
      expiresAt: world.now.addingTimeInterval(20 * 86_400))
    tenant.register(
      ApplicationRegistration(
        displayName: "Magentrix", appID: Connection.entraClient, secrets: [lived]))
    var registration = ApplicationRegistration(
      displayName: "Automation", appID: Self.automationID, secrets: [lived])
    registration.appRoles = ["Application.ReadWrite.All"]
    secret = SecretValue(tenant.register(registration).history[0].value)
    try tenant.changeApplication(appID: Self.automationID) { application in
      application.certificates = (try? SignInCertificate.shared?.registered).map { [$0] } ?? []
    }
    self.tenant = TenantTransport(tenant, context: world.context)
    folder = FileManager.default.temporaryDirectory
      .appending(path: "keyturn-sign-in-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  /// Writes a file, and returns its path.
  func file(_ name: String, _ content: String, mode: mode_t = 0o600) throws -> String {
    let path = folder.appending(path: name).path
    try Data(content.utf8).write(to: URL(filePath: path))
    chmod(path, mode)
    return path
  }

  /// The shared certificate with its key, in one file.
  func certificateFile() throws -> String {
    let certificate = try #require(SignInCertificate.shared)
    return try file("graph.pem", certificate.keyPEM + certificate.certificatePEM)
  }

  /// A connection of the tenant, with this way to sign in.
  func caller(_ signIn: GraphAccess.SignIn?) throws -> DirectoryCaller {
    var connection = try Connection.entra()
    connection.server.graph = signIn.map { GraphAccess(signIn: $0) }
    return DirectoryCaller(connection, secret: nil)
  }

  /// What signs in.
  func signIn(
    environment: [String: String] = [:], context: Context? = nil,
    showDeviceCode: (@Sendable (DeviceCodePrompt) -> Void)? = nil
  ) -> GraphSignIn {
    let context = context ?? world.context
    return GraphSignIn(
      transport: tenant.transport, context: context, environment: environment,
      connection: ConnectionTokens(transport: tenant.transport, context: context),
      showDeviceCode: showDeviceCode)
  }

  /// A token, from a sign-in that has no other yet.
  func token(_ way: GraphAccess.SignIn, environment: [String: String] = [:]) async throws
    -> AccessToken
  {
    try await signIn(environment: environment).token(for: caller(way), isFresh: false)
  }

  /// Why there is none.
  func failure(
    _ way: GraphAccess.SignIn?, environment: [String: String] = [:],
    showDeviceCode: (@Sendable (DeviceCodePrompt) -> Void)? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> DirectoryFailure {
    let caller = try caller(way)
    let signIn = signIn(environment: environment, showDeviceCode: showDeviceCode)
    let failure = await #expect(throws: DirectoryFailure.self, sourceLocation: sourceLocation) {
      try await signIn.token(for: caller, isFresh: false)
    }
    let shown = "\(String(describing: failure))"
    for hidden in [secret.reveal(), "PRIVATE KEY", "eyJ"] {
      #expect(!shown.contains(hidden), sourceLocation: sourceLocation)
    }
    return try #require(failure, sourceLocation: sourceLocation)
  }

  /// Whether a token opens Graph.
  func opensGraph(_ token: AccessToken) -> Bool {
    let request = TenantRequest(
      "GET", "https://graph.microsoft.com/v1.0/applications?$top=1",
      headers: ["Authorization": "Bearer \(token.value.reveal())"])
    return tenant.withTenant { $0.respond(to: request).status } == 200
  }
}
