import ArgumentParser
import Keyturn

/// `keyturn show`.
struct ShowCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Read the Consumer Secret store: the connected app's four fields.",
    discussion: "The secret is masked unless it is asked for. Every reading is in the audit trail.")

  /// One of the connected app's fields.
  enum Field: String, ExpressibleByArgument, CaseIterable {
    case consumerKey = "consumer-key"
    case consumerSecret = "consumer-secret"
    case refreshToken = "refresh-token"
    case securityToken = "security-token"
  }

  @Argument(help: "The connection.")
  var name: String

  @Option(help: "Print this field alone, as it is.")
  var field: Field?

  @Flag(help: "Print the secret instead of a mask.")
  var reveal = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard field == nil || !reading.json else {
      throw ValidationError("Choose one of --field and --json.")
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let connection = try installation.connection(named: name)
      let record = try await installation.engine.record(of: connection)
      guard let app = record.connectedApp, let current = record.current else {
        throw KeyturnError(
          .usage, "\(name): the store holds no value",
          hints: ["record it: keyturn record \(name) --secret-stdin"])
      }
      let opens = reveal || field == .consumerSecret
      // The reading is in the trail before the value is on the screen.
      try await installation.registry.append(
        AuditEntry(
          at: world.context.now(), actor: world.actor,
          action: opens ? "secret.revealed" : "record.shown",
          detail: "secret \(current.designation), version \(record.version)"),
        about: name)
      if let field {
        world.terminal.print(Self.value(of: field, in: app))
        return
      }
      let view = ShowView(name, record, app, current, reveals: reveal)
      try world.terminal.render(view, json: reading.json) { view.text }
    }
  }

  private static func value(of field: Field, in app: ConnectedApp) -> String {
    switch field {
    case .consumerKey: app.consumerKey
    case .consumerSecret: app.consumerSecret.reveal()
    case .refreshToken: app.refreshToken
    case .securityToken: app.securityToken
    }
  }
}

/// What `show` prints, as text and as JSON.
struct ShowView: Encodable {
  var name: String
  var version: Int
  var consumerKey: String
  /// Left out unless it was asked for.
  var consumerSecret: String?
  var refreshToken: String
  var securityToken: String
  @Nullable var keyId: String?
  var expiresAt: String

  init(
    _ name: String, _ record: ConsumerRecord, _ app: ConnectedApp, _ current: ClientSecret,
    reveals: Bool
  ) {
    self.name = name
    version = record.version
    consumerKey = app.consumerKey
    consumerSecret = reveals ? app.consumerSecret.reveal() : nil
    refreshToken = app.refreshToken
    securityToken = app.securityToken
    keyId = current.keyID
    expiresAt = current.expiresAt.stamp
  }

  var text: [String] {
    [
      "Consumer Key     \(consumerKey)",
      "Consumer Secret  \(consumerSecret ?? "•••  (keyturn show \(name) --field consumer-secret)")",
      "Refresh Token    \(refreshToken)", "Security Token   \(securityToken)",
    ]
  }
}
