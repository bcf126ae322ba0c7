import Foundation
import Keyturn
import SimulatedTenant

/// What a history begins with: applications, their connections, and who uses them.
enum Scenario {
  /// A world made up from a seed.
  static func world(seed: UInt64, folder: URL, trace: Trace) throws -> World {
    let world = try World(seed: seed, folder: folder, trace: trace)
    registerOperator(in: world)
    for number in 1...world.chance.pick([1, 1, 1, 2, 2, 3]) { try addConnection(number, to: world) }
    world.beginWeather()
    world.beginNights()
    world.beginStrangers()
    world.beginPolicyChanges()
    world.beginBackups()
    world.administrators = world.connections.map { Administrator(world, $0) }
    for administrator in world.administrators { administrator.begin() }
    return world
  }

  /// Deadlines so short that a year holds many rotations.
  static func policy(_ chance: inout Chance, isAutomatic: Bool) -> Policy {
    var policy = Policy()
    policy.lifetime = .days(chance.count(40...200))
    policy.rotate = isAutomatic ? .automatic : .guided
    policy.rotateBefore = .days(chance.count(10...40))
    policy.grace = .hours(chance.pick([0, 6, 24, 72, 168]))
    policy.standby = isAutomatic && chance.happens(0.3)
    return policy
  }

  /// An application that may change all the others; its own secret outlives every history.
  private static func registerOperator(in world: World) {
    var registration = ApplicationRegistration(
      displayName: "keyturn",
      secrets: [
        .init(
          displayName: nil, startsAt: world.date,
          expiresAt: world.date.addingTimeInterval(36_500 * World.day))
      ])
    registration.appRoles = ["Application.ReadWrite.All", "Policy.Read.All"]
    world.operatorReadsSignIns = world.chance.happens(0.5)
    if world.operatorReadsSignIns { registration.appRoles.insert("AuditLog.Read.All") }
    let made = world.tenant.register(registration)
    world.operatorSecret = (made.appID, made.history.first?.value ?? "")
  }

  private static func addConnection(_ number: Int, to world: World) throws {
    let isAutomatic = world.chance.happens(0.75)
    let policy = policy(&world.chance, isAutomatic: isAutomatic)
    let hasGraph = isAutomatic || world.chance.happens(0.4)
    var registration = ApplicationRegistration(displayName: "connection \(number)")
    registration.appRoles = ["Application.ReadWrite.OwnedBy"]
    registration.ownsItself = true
    let readsSignIns = world.chance.happens(0.5)
    if readsSignIns { registration.appRoles.insert("AuditLog.Read.All") }
    if world.chance.happens(0.15) {
      registration.signInAudience = .organizationsAndPersonalAccounts
    }
    let lifetime = Double(policy.lifetime.approximateSeconds)
    let age = world.chance.number(World.day...0.8 * lifetime)
    let start = world.date.addingTimeInterval(-age)
    registration.secrets = [
      .init(
        displayName: "first", startsAt: start,
        expiresAt: start.addingTimeInterval(lifetime))
    ]
    let application = world.tenant.register(registration)
    let environment = world.chance.happens(0.5)
    let signIn: GraphAccess.SignIn =
      world.chance.happens(0.4) ? .connection : .managedIdentity(clientID: nil)
    let consumers = consumers(&world.chance)
    let connection = Connection(
      name: "connection-\(number)",
      server: AuthorizationServer(
        name: "contoso", kind: .entra(directory: world.tenant.id, cloud: try cloud()),
        graph: hasGraph ? GraphAccess(signIn: signIn) : nil),
      clientID: application.appID,
      environment: environment ? try url("https://org\(number).crm.dynamics.com") : nil,
      scope: environment
        ? "https://org\(number).crm.dynamics.com/.default" : "https://graph.microsoft.com/.default",
      secretName: "Magentrix D365 Secret", consumers: consumers, owner: nil, policy: policy)
    if environment {
      world.tenant.addEnvironment(
        urls: ["https://org\(number).crm.dynamics.com"], applicationUsers: [application.appID])
    }
    let managed = ManagedConnection(
      connection, objectID: application.objectID,
      consumers: consumers.filter { $0.kind != .none }.map { SimulatedConsumer(name: $0.name) },
      diligence: world.chance.magnitude(0.1 * World.day...7 * World.day))
    managed.dangers = world.chance.pick([0, 0, 0, 0.05, 0.2])
    managed.hasEvidence =
      hasGraph && (signIn == .connection ? readsSignIns : world.operatorReadsSignIns)
    world.connections.append(managed)
    world.checker.update(managed, .administrator)
    adoptFirst(application, managed, world)
  }

  private static func consumers(_ chance: inout Chance) -> [Consumer] {
    let portal = Consumer(name: "portal", kind: .magentrix)
    let script = Consumer(name: "script", kind: .manual)
    return chance.pick([
      [portal], [portal], [portal, script], [Consumer(name: "nobody", kind: .none)],
    ])
  }

  /// The first secret is in the store and in use before anything goes wrong.
  private static func adoptFirst(
    _ application: RegisteredApplication, _ managed: ManagedConnection, _ world: World
  ) {
    guard let first = application.history.first else { return }
    for consumer in managed.consumers {
      consumer.take(first.value, at: world.now)
      consumer.isConfirmed = true
    }
    let secret = ClientSecret(
      keyID: first.keyID, startsAt: first.startsAt, expiresAt: first.expiresAt, source: .recorded,
      value: SecretValue(first.value))
    let name = managed.name
    world.start("record \(name)") { process in
      await process.command(name) { engine, connection, record in
        _ = try await engine.adopt(secret, connection, record)
      }
    }
    world.run(until: world.now + 600)
  }

  private static func cloud() throws -> Cloud {
    Cloud(
      login: try url("https://login.microsoftonline.com"),
      graph: try url("https://graph.microsoft.com"), portal: try url("https://portal.azure.com"))
  }

  private static func url(_ text: String) throws -> URL {
    guard let url = URL(string: text) else { throw CocoaError(.formatting) }
    return url
  }
}
