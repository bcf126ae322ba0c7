import Adapters
import Foundation
import Keyturn
import Logging

/// The one place where adapters are chosen and put together.
struct Installation: Sendable {
  private let settings: Settings
  let store: any ConsumerSecretStore
  let registry: any Registry
  let ledger: any NotificationLedger
  let inventory: any ApplicationInventory
  /// What looks at whole tenants.
  let watch: TenantWatch
  let owners: OwnerReading
  let signIns: SignInReading
  let notifications: Notifications
  let transport: HTTPTransport
  let validation: ValidationSettings
  let engine: RotationEngine
  let logger: Logger

  /// The connections, in the order of the configuration.
  var connections: [Connection] { settings.connections }

  /// Stands for the configuration's content.
  var fingerprint: String { settings.fingerprint }

  /// The configuration file.
  var file: String { settings.file }

  /// Whom the nightly check tells.
  var telling: Telling { settings.telling }

  /// The route of that name.
  ///
  /// Throws: ``KeyturnError`` (usage), which names those that there are.
  func route(named name: String) throws -> Route {
    if let route = telling.routing.route(named: name) { return route }
    let names = telling.routing.routes.map(\.name).joined(separator: ", ")
    throw KeyturnError(
      .usage, "there is no route '\(name.shown(upTo: 64))' in \(settings.file.shown())",
      hints: [names.isEmpty ? "describe one under notify: routes:" : "there are: \(names)"])
  }

  /// The connection of that name.
  ///
  /// Throws: ``KeyturnError`` (usage), which names those that are spelled alike.
  func connection(named name: String) throws -> Connection {
    try settings.connection(named: name)
  }

  /// How long new secrets took to settle in the tenant of a connection; nil where none is known.
  func settlingTimes(like connection: Connection) async throws -> SettlingTimes? {
    let names = connections.filter { $0.server.name == connection.server.name }.map(\.name)
    return SettlingTimes(try await registry.settlingTimes(of: names))
  }

  /// Everything that is known of all connections and observed tenants now, or of one connection, with
  /// so many events of each, and with what is ahead of them where that is wanted.
  func overview(
    of connection: Connection? = nil, history: Int = 0, looksAhead: Bool = false, at now: Date
  ) async throws -> Overview {
    let ledger = try await ledger.ledger()
    var overview = try await Overview.read(
      connection.map { [$0] } ?? connections, from: store, registry, history: history,
      looksAhead: looksAhead, at: now
    ).with(ledger, routes: telling.routing.routes)
    if connection == nil {
      overview.tenants = try await watch.standings(
        of: connections, ledger: ledger, runs: overview.runs, at: now)
    }
    return overview
  }

  /// Runs `work` while no other process runs its own on the same database.
  ///
  /// Throws: ``KeyturnError`` (try again) where one does, and whatever `work` throws.
  func alone<T>(_ work: () async throws -> T) async throws -> T {
    let lock = try RunLock(besideDatabase: settings.database)
    let result = try await work()
    withExtendedLifetime(lock) {}
    return result
  }

  /// Opens what the configuration names, lends it to `work`, and closes it again.
  ///
  /// Throws: ``KeyturnError``, and whatever `work` throws.
  static func open<T>(
    _ options: GlobalOptions, in world: World, _ work: (Installation) async throws -> T
  ) async throws -> T {
    let settings = try settings(options, in: world)
    let key = try await KeySource(settings.keySource).load()
    let database = try Database.open(at: settings.database, key: key)
    let transport = try world.makeTransport(
      HTTPSettings(
        caFile: settings.certificateAuthorityFile, proxy: settings.proxy,
        environment: world.environment))
    let validator = Validator(
      context: world.context,
      tokens: TokenEndpointClient(transport: transport, context: world.context),
      resource: DataverseClient(transport: transport, context: world.context),
      settings: settings.validation)
    let (store, ledger) = (EmbeddedStore(database), SQLiteLedger(database))
    let signIn = graphTokens(transport, in: world)
    let graph = GraphClient(transport: transport, tokens: signIn, context: world.context)
    let inventory = SQLiteInventory(database)
    let owners = OwnerReading(context: world.context, directory: graph, cache: inventory)
    let signIns = SignInReading(context: world.context, directory: graph, cache: inventory)
    let installation = Installation(
      settings: settings, store: store, registry: SQLiteRegistry(database), ledger: ledger,
      inventory: inventory,
      watch: TenantWatch(
        context: world.context, directory: graph, inventory: inventory,
        owners: settings.telling.routing.tellsApplicationOwners ? owners : nil, signIns: signIns,
        tenants: settings.observedTenants, policy: settings.policy),
      owners: owners, signIns: signIns,
      notifications: Notifications(
        context: world.context, ledger: ledger,
        notifier: Deliveries(
          transport: transport, context: world.context, environment: world.environment,
          mailTokens: mailTokens(signIn, settings.connections, store)),
        routing: settings.telling.routing, connections: settings.connections, host: world.host),
      transport: transport, validation: settings.validation,
      engine: RotationEngine(
        context: world.context, store: store, validator: validator,
        directory: graph,
        actor: world.actor),
      logger: logger(options))
    do {
      let result = try await work(installation)
      await transport.shutdown()
      return result
    } catch {
      await transport.shutdown()
      throw error
    }
  }

  /// What signs in to Microsoft Graph, in the way that each tenant's configuration names.
  private static func graphTokens(_ transport: HTTPTransport, in world: World) -> GraphSignIn {
    let terminal = world.terminal
    let show: @Sendable (DeviceCodePrompt) -> Void = {
      DeviceCodeSheet(prompt: $0).show(on: terminal)
    }
    return GraphSignIn(
      transport: transport, context: world.context, environment: world.environment,
      connection: ConnectionTokens(transport: transport, context: world.context),
      // Where nobody can enter a code, the sign-in is refused with that as its reason.
      showDeviceCode: terminal.isInteractive ? show : nil)
  }

  /// What signs in where mail goes through Microsoft Graph: as for a connection of that tenant.
  private static func mailTokens(
    _ signIn: GraphSignIn, _ connections: [Connection], _ store: EmbeddedStore
  ) -> Deliveries.MailTokens {
    { tenant, isFresh throws(DirectoryFailure) in
      guard let connection = connections.first(where: { $0.server.name == tenant.name }) else {
        throw DirectoryFailure(
          .notSignedIn, "the tenant \(tenant.name) has no connection to sign in with",
          remedy: "describe a connection of it, or send the mail by sendmail")
      }
      let record = try? await store.record(of: connection.name)
      return try await signIn.token(
        for: DirectoryCaller(connection, secret: record?.current?.value), isFresh: isFresh)
    }
  }

  /// Finds and reads the configuration.
  static func settings(_ options: GlobalOptions, in world: World) throws -> Settings {
    try Settings.load(
      from: Settings.locate(
        explicit: options.config, environment: world.environment, isRoot: world.isRoot),
      environment: world.environment)
  }

  private static func logger(_ options: GlobalOptions) -> Logger {
    var logger = Logger(label: "keyturn") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = options.logLevel
    return logger
  }
}

extension KeySource {
  init(_ configured: Settings.KeySource) {
    switch configured {
    case .file(let path): self = .file(path)
    case .command(let words): self = .command(words)
    case .credential(let path): self = .credential(path)
    }
  }
}
