import Adapters
import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import KeyturnCommand

/// A whole installation in a folder of its own, beside a simulated tenant: no process, no network,
/// and a clock that moves only when something waits.
final class Stage: Sendable {
  static let name = "magentrix-d365"
  static let environment = "https://contoso.crm.dynamics.com"

  let folder: URL
  let clock = TestWorld()
  let tenant: TenantTransport
  let clientID: String
  /// The secret that is in use when the story begins; it has 23 days left.
  let seeded: IssuedSecret
  /// The world's time; with programs in it, waiting for one takes as long as the program.
  private let context: Context

  var configuration: String { folder.appending(path: "keyturn.yaml").path }
  var database: String { folder.appending(path: "keyturn.db").path }
  var key: String { folder.appending(path: "store.key").path }

  /// An installation without a record yet.
  ///
  /// `connection` holds further lines of the connection's configuration, `settings` of the file's;
  /// with `graph` the application may renew its own secret, with `programs` routes may run some.
  init(
    connection: [String] = ["consumer: magentrix", "portal: https://partners.contoso.com"],
    settings: [String] = [], graph: Bool = false, programs: Bool = false,
    replication: Replication = .none
  ) async throws {
    // As `main` does it, for the database that is made in this process.
    umask(0o077)
    context = programs ? clock.contextWithPrograms : clock.context
    folder = FileManager.default.temporaryDirectory
      .appending(path: "keyturn-stage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var tenant = Tenant(seed: 7, now: clock.now, replication: replication)
    let day = 86_400.0
    let lived = ApplicationRegistration.Secret(
      displayName: "Magentrix D365 Secret", startsAt: clock.now - 707 * day,
      expiresAt: clock.now + 23 * day)
    var registration = ApplicationRegistration(
      displayName: "Magentrix D365 OAuth 2", secrets: [lived])
    if graph {
      registration.appRoles = ["Application.ReadWrite.OwnedBy"]
      registration.ownsItself = true
    }
    let application = tenant.register(registration)
    tenant.addEnvironment(urls: [Self.environment], applicationUsers: [application.appID])
    clientID = application.appID
    seeded = try #require(application.secrets.first)
    self.tenant = TenantTransport(tenant, context: clock.context)
    try configure(tenant.id, graph, connection, settings)
    await run("init").ended(0)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  /// Writes the configuration.
  private func configure(
    _ directory: String, _ graph: Bool, _ connection: [String], _ settings: [String]
  ) throws {
    let access = graph ? ", graph: { sign_in: connection }" : ""
    let lines =
      [
        "database: \(database)", "store: { type: embedded, key_file: \(key) }", "tenants:",
        "  contoso: { id: \(directory)\(access) }", "connections:", "  \(Self.name):",
        "    tenant: contoso", "    client_id: \(clientID)",
        "    environment: \(Self.environment)",
        "    secret_name: Magentrix D365 Secret",
      ] + connection.map { "    \($0)" } + settings + [""]
    try lines.joined(separator: "\n")
      .write(toFile: configuration, atomically: false, encoding: .utf8)
  }

  /// Replaces text in the configuration.
  func reconfigure(_ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: configuration, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new)
      .write(toFile: configuration, atomically: false, encoding: .utf8)
  }

  // MARK: - Running

  /// Runs a command line against the installation; without `answers` there is no terminal.
  @discardableResult
  func run(
    _ arguments: String..., answers: [Answer]? = nil, input: String = "", bytes: Data? = nil,
    colors: Bool = false, screen: Int? = nil, transport: HTTPTransport? = nil
  ) async -> Telling {
    await run(
      arguments, answers: answers, input: input, bytes: bytes, colors: colors, screen: screen,
      transport: transport)
  }

  /// Runs a command line against the installation; `screen` is the width of the terminal it prints on.
  @discardableResult
  func run(
    _ arguments: [String], answers: [Answer]? = nil, input: String = "", bytes: Data? = nil,
    colors: Bool = false, screen: Int? = nil, transport: HTTPTransport? = nil
  ) async -> Telling {
    let terminal = RecordedTerminal(
      answers: answers, input: bytes ?? Data(input.utf8), hasColors: colors,
      isScreen: screen != nil, width: screen ?? 100)
    let transport = transport ?? tenant.transport
    let world = World(
      context: context, terminal: terminal.terminal,
      environment: ["HOME": folder.path, "USER": "admin"], actor: "admin@stage", isRoot: false,
      makeTransport: { _ in transport })
    let config = arguments.contains("--config") ? [] : ["--config", configuration]
    let status = await Program.run(arguments + config, in: world)
    let record = terminal.finish()
    return Telling(
      status: status, printed: record.printed, said: record.said, notes: record.notes)
  }

  /// Makes the secret that is in use current.
  func adopt() async {
    await run(
      "record", Self.name, "--expires", Timestamp.format(seeded.expiresAt), "--key-id",
      seeded.keyID, "--secret-stdin", input: seeded.value
    ).ended(0)
  }

  /// Rotates to a new secret, as far as it goes without a person.
  @discardableResult
  func rotate() async throws -> IssuedSecret {
    let secret = try makeSecret()
    await run(
      "rotate", Self.name, "--key-id", secret.keyID, "--expires",
      Timestamp.format(secret.expiresAt), "--secret-stdin", input: secret.value + "\n"
    ).ended(0)
    return secret
  }

  // MARK: - What an administrator does in the portal

  /// Makes a client secret, as "+ New client secret" does.
  func makeSecret() throws -> IssuedSecret {
    try tenant.withTenant { tenant in
      try tenant.createSecretInPortal(
        appID: self.clientID, displayName: "Magentrix D365 Secret")
    }
  }

  /// Deletes a client secret.
  func deleteSecret(_ secret: IssuedSecret) throws {
    try tenant.withTenant { tenant in
      try tenant.deleteSecretInPortal(appID: self.clientID, keyID: secret.keyID)
    }
  }

  /// Lets something go wrong, or right again.
  func fail(_ change: @Sendable (inout Faults) -> Void) {
    tenant.withTenant { change(&$0.faults) }
  }

  /// Lets days pass.
  func pass(days: Double) {
    clock.pass(days * 86_400)
  }

  /// What `status --json` says of the one connection.
  func state(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String: Any] {
    let document = try await run("status", Self.name, "--json").ended(0)
      .json(sourceLocation: sourceLocation)
    let connections = document["connections"] as? [[String: Any]]
    return try #require(connections?.first, sourceLocation: sourceLocation)
  }

  /// The value that readers of the store get.
  func storedValue() async -> String {
    await run("show", Self.name, "--field", "consumer-secret").printed
      .trimmingCharacters(in: .newlines)
  }
}

extension TestWorld {
  /// The same time, in which a minute is left to programs: it is what they are given.
  fileprivate var contextWithPrograms: Context {
    var context = context
    let sleep = context.sleep
    context.sleep = { seconds in
      seconds == 60 ? try await Task.sleep(for: .seconds(60)) : try await sleep(seconds)
    }
    return context
  }
}

extension Stage {
  /// The step of the open rotation; nil where none is open.
  func step() async throws -> String? {
    (try await state()["rotation"] as? [String: Any])?["step"] as? String
  }
}
