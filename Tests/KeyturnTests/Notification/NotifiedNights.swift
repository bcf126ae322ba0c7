import Foundation
import Logging
import Testing

@testable import Keyturn

/// Nights of a few connections, with routes whose receivers write down what they get.
struct NotifiedNights {
  let scene: Scene
  let ledger = MemoryLedger()
  let letterbox: Letterbox
  var routing: Routing
  var connections: [Connection]

  init(
    _ connections: [Connection]? = nil, routes: [Route] = [.chat], rules: [RoutingRule] = []
  ) throws {
    scene = try Scene(connections?.first)
    letterbox = Letterbox(scene.world)
    routing = Routing(routes: routes, rules: rules)
    self.connections = connections ?? [scene.connection]
  }

  /// Records a secret without its value, so that nothing but its end is judged.
  func record(_ connection: Connection? = nil, endsIn days: Double) async throws {
    let connection = connection ?? scene.connection
    let engine = scene.engine()
    _ = try await engine.recordLifetime(
      ClientSecret(expiresAt: scene.world.now.addingTimeInterval(days * 86_400), source: .recorded),
      connection, try await engine.record(of: connection))
  }

  /// One night; then the clock goes on by so many days.
  @discardableResult
  func night(thenAdvance days: Double = 1) async throws -> CheckReport {
    let report = try await check().run()
    scene.world.pass(days: days)
    return report
  }

  /// So many nights, a day apart.
  func nights(_ count: Int) async throws {
    for _ in 0..<count { try await night() }
  }

  func check() -> Check {
    Check(
      context: scene.world.context, engine: scene.engine("cron"), registry: scene.registry,
      connections: connections,
      notifications: Notifications(
        context: scene.world.context, ledger: ledger, notifier: letterbox, routing: routing,
        connections: connections, host: "crm01"),
      fingerprint: "1", logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  /// What arrived by a route: the days since the first night, and each message's subject.
  func told(by route: String = "chat", since start: Date = .night(0)) -> [String] {
    letterbox.deliveries.filter { $0.message.route == route }.map {
      "\(Int(($0.at.timeIntervalSince(start) / 86_400).rounded())): \($0.message.subject)"
    }
  }
}

extension Route {
  static let chat = Route(name: "chat", channel: .command(["/bin/chat"]))
  static let pager = Route(name: "pager", channel: .command(["/bin/pager"]))
  static let admins = Route(
    name: "admins",
    channel: .email(EmailChannel(to: [.address("admins@contoso.com")], from: "k@contoso.com")))
  static let owners = Route(
    name: "owners", channel: .email(EmailChannel(to: [.owner], from: "k@contoso.com")))

  static func alertmanager() throws -> Route {
    Route(
      name: "alerts", channel: .alertmanager(try #require(URL(string: "http://127.0.0.1:9093"))))
  }
}
