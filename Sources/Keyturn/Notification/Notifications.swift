import Foundation

/// Tells people what the nights find: once, with proof, and again where it was not taken.
///
/// What is owed is written down together with what was found, and sent after that: a process that is
/// killed in between sends the same message again under the same id, and none is lost.
public struct Notifications: Sendable {
  private let context: Context
  private let store: any NotificationLedger
  private let notifier: any Notifier
  private let routing: Routing
  private let connections: [Connection]
  /// The machine's name, for whoever gets messages of several.
  private let host: String

  /// Notifications about these connections.
  public init(
    context: Context, ledger: any NotificationLedger, notifier: any Notifier, routing: Routing,
    connections: [Connection], host: String
  ) {
    self.context = context
    store = ledger
    self.notifier = notifier
    self.routing = routing
    self.connections = connections
    self.host = host
  }

  /// What is open, told and owed.
  func ledger() async throws -> Ledger { try await store.ledger() }

  /// Writes down what a night found and owes, and sends what is due.
  ///
  /// Returns: the ledger's routes that fail, as findings. Throws: ``KeyturnError`` where nothing could
  /// be written; then nothing was sent.
  func tell(
    _ result: LedgerNight.Result, ledger: Ledger, at now: Date
  ) async throws -> [Finding] {
    let night = LedgerNight(
      ledger: ledger, routing: routing,
      connections: Dictionary(connections.map { ($0.name, $0) }) { first, _ in first }, now: now,
      host: host, makeID: { context.uuid7() })
    let change = night.change(result)
    try await store.write(change)
    let old = ledger.owed.filter { !change.superseded.contains($0.message.id) }
    let due = (old + change.messages).filter { $0.nextTryAt <= now }
    let attempts = await send(due)
    for attempt in attempts { try await store.note(attempt) }
    var rest = ledger
    rest.owed = (old + change.messages).compactMap { owed in
      guard let attempt = attempts.first(where: { $0.message == owed.message.id }) else {
        return owed
      }
      guard attempt.receipt == nil else { return nil }
      var owed = owed
      owed.failures = attempt.failures
      owed.failingSince = attempt.failingSince
      owed.lastError = attempt.lastError
      return owed
    }
    return Self.findings(about: rest)
  }

  /// Sends a message that says that it is a test, past the ledger.
  ///
  /// Returns: what the receiver said. Throws: ``KeyturnError`` with what to do.
  public func test(_ route: Route) async throws -> String {
    let now = context.now()
    let message = Message(
      id: context.uuid7(), route: route.name,
      recipients: routing.recipients(of: Audience(route: route.name)), at: now, host: host,
      lines: [
        .init(
          kind: .test, code: .notificationFailed, severity: .ok,
          text: "keyturn on \(host) reaches this route", remedy: "nothing: this is a test",
          since: now)
      ])
    do {
      return try await notifier.deliver(message, by: route)
    } catch {
      throw KeyturnError(
        .unavailable, "the route \(route.name): \(error.message)", hints: [error.remedy])
    }
  }

  // MARK: Sending

  /// How many audiences are told at the same time.
  private static let width = 8

  /// Sends what is due: to one audience one after the other, so that nobody reads the news before
  /// the old.
  private func send(_ due: [Ledger.OwedMessage]) async -> [DeliveryAttempt] {
    let audiences = Array(Dictionary(grouping: due, by: \.audience).values)
    return await withTaskGroup(of: [DeliveryAttempt].self) { group in
      var attempts: [DeliveryAttempt] = []
      var next = 0
      func addOne() {
        guard next < audiences.count else { return }
        let messages = audiences[next]
        next += 1
        group.addTask {
          var attempts: [DeliveryAttempt] = []
          for owed in messages { attempts.append(await send(owed)) }
          return attempts
        }
      }
      for _ in 0..<Self.width { addOne() }
      for await told in group {
        attempts += told
        addOne()
      }
      return attempts
    }
  }

  private func send(_ owed: Ledger.OwedMessage) async -> DeliveryAttempt {
    guard let route = routing.route(named: owed.audience.route) else {
      let failure = DeliveryFailure(
        .refused, "the route is not configured", remedy: "describe it under notify: routes:")
      return DeliveryAttempt(failure, of: owed, at: context.now())
    }
    do {
      let receipt = try await notifier.deliver(owed.message, by: route)
      return DeliveryAttempt(delivered: owed.message.id, at: context.now(), receipt: receipt)
    } catch {
      return DeliveryAttempt(error, of: owed, at: context.now())
    }
  }

  // MARK: Failing

  /// The routes that don't deliver: the first time that is a warning, afterwards the night is not
  /// done.
  static func findings(about ledger: Ledger) -> [Finding] {
    ledger.failing.map { owed in
      let name = owed.audience.route
      let since = owed.failingSince.map { ", since \(Timestamp.format($0))" } ?? ""
      return Finding(
        code: .notificationFailed, severity: owed.failures > 1 ? .unknown : .warning,
        message: "the route \(name) does not deliver\(since): \(owed.lastError ?? "unknown")",
        remedy: "put it right and try it: keyturn notify test \(name); what it owes is not lost",
        route: name)
    }
  }
}
