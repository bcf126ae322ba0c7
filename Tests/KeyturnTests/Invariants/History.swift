import Foundation
import Synchronization
import Testing

@testable import Keyturn

/// Years of one connection, made up from a seed: administrators, nights, faults, and time.
///
/// Wherever somebody waits, for the store, for the server or for time to pass, somebody else may
/// come in between; so two or three of them are at work on one record at the same time.
final class History: Sendable {
  /// What stands in place of the real store or server, to see that the checker notices.
  struct Replacement: Sendable {
    var store: @Sendable (MemoryStore) -> any ConsumerSecretStore = { $0 }
    var tokens: @Sendable (SimulatedServer) -> any TokenService = { $0 }
  }

  private struct State {
    var chance: Chance
    var connection: Connection
    var depth = 0
    var made: [SecretValue] = []
    var isAway = false
    var hasFaults: Bool
  }

  let scene: Scene
  let checker: InvariantChecker
  private let store: any ConsumerSecretStore
  private let tokens: any TokenService
  private let state: Mutex<State>

  static let applications = [Connection.client, "0b1a9ea1-4c65-4a4e-9a6e-1d9f2f3a4b5c"]

  init(seed: UInt64, _ replacement: Replacement = Replacement()) throws {
    var chance = Chance(seed: seed)
    let consumers: [[Consumer]] = [[.portal], [.portal, .script], [.nobody]]
    let connection = try Connection.sample(
      hasEnvironment: chance.happens(0.7),
      consumers: consumers.randomElement(using: &chance) ?? [])
    scene = try Scene(connection, seed: seed)
    checker = InvariantChecker(scene.server)
    store = replacement.store(scene.store)
    tokens = replacement.tokens(scene.server)
    let hasFaults = chance.happens(0.8)
    state = Mutex(State(chance: chance, connection: connection, hasFaults: hasFaults))
    scene.store.observe { [checker] in checker.examine($0, $1) }
    scene.store.onWrite { [self] _, moment in try fail(moment) }
    scene.server.fail { [self] in outage() }
    scene.world.interrupt { [self] in await comeBetween() }
  }

  /// Lets so many things happen, one after the other and in between.
  func run(events: Int) async {
    for _ in 0..<events where checker.violations.isEmpty { await event() }
  }

  /// Lets everything work again, and one sensible administrator finish what is open.
  ///
  /// Returns: whether the rotation came to its end.
  func settle() async -> Bool {
    scene.world.interrupt(with: nil)
    state.withLock {
      $0.hasFaults = false
      $0.isAway = false
    }
    for _ in 0..<20 {
      guard let record = scene.store[connection.name], record.rotation != nil else { return true }
      await act(record.rotation?.step == .handedOver ? .retireNow : .next)
      if scene.store[connection.name] == record { await act(.rollBack) }
    }
    return false
  }

  var connection: Connection { state.withLock { $0.connection } }

  // MARK: Chance

  func happens(_ probability: Double) -> Bool {
    state.withLock { $0.chance.happens(probability) }
  }

  func pick<T: Sendable>(_ choices: [T]) -> T? {
    state.withLock { choices.randomElement(using: &$0.chance) }
  }

  /// A value that was never there before.
  func freshValue() -> SecretValue {
    state.withLock { state in
      let value = SecretValue("v\(state.made.count)z8Q~value-\(InvariantChecker.trace)")
      state.made.append(value)
      return value
    }
  }

  /// A value that was there before, if there was one.
  func staleValue() -> SecretValue? {
    pick(state.withLock { $0.made })
  }

  func engine(_ actor: String) -> RotationEngine {
    scene.engine(actor, store: store, tokens: tokens)
  }

  // MARK: Events

  private func event() async {
    switch state.withLock({ Int.random(in: 0..<100, using: &$0.chance) }) {
    case 0..<60: await act(pick(Act.likely) ?? .next)
    case 60..<80: await night()
    case 80..<95: pass()
    case 95..<98: state.withLock { $0.isAway.toggle() }
    default: exchangeApplication()
    }
  }

  private func night() async {
    let check = scene.check([connection], fingerprint: "1", engine: engine("cron"))
    do {
      checker.hear(try await check.run())
    } catch {
      checker.hear("\(error)", String(reflecting: error))
    }
  }

  private func pass() {
    let hours: Double = pick([1, 5, 24, 24, 24 * 8, 24 * 40]) ?? 1
    scene.world.pass(hours * 3_600)
  }

  private func exchangeApplication() {
    // In the middle of a rotation an administrator leaves the configuration alone.
    guard scene.store[connection.name]?.rotation == nil else { return }
    let other = pick(Self.applications) ?? Connection.client
    state.withLock { $0.connection.clientID = other }
  }

  private func comeBetween() async {
    let comes = state.withLock { state in
      guard state.depth < 2, state.chance.happens(0.04) else { return false }
      state.depth += 1
      return true
    }
    guard comes else { return }
    await event()
    state.withLock { $0.depth -= 1 }
  }

  // MARK: Faults

  private func fail(_ moment: MemoryStore.Moment) throws {
    let roll = state.withLock { $0.hasFaults ? $0.chance.happens(0.04) : false }
    guard roll else { return }
    // Killed, or told that it did not work although it may have.
    if moment == .after && happens(0.5) { throw CancellationError() }
    throw KeyturnError.diskFull
  }

  private func outage() -> CallFailure? {
    state.withLock { state in
      guard !state.isAway else { return .unreachable }
      guard state.hasFaults, state.chance.happens(0.05) else { return nil }
      return [.unreachable, .throttled(30), .unknownValue].randomElement(using: &state.chance)
    }
  }
}
