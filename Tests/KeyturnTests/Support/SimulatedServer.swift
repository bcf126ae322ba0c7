import Foundation
import Keyturn
import Synchronization

/// An authorization server with three replicas, and the environment behind it.
///
/// It knows which values are valid; a new value, and a removal, reach its replicas one by one.
final class SimulatedServer: TokenService, Resource {
  /// A value as it opens one application.
  struct Key: Hashable, Sendable {
    var clientID: String
    var value: SecretValue
  }

  private struct Issued {
    var madeAt: Date
    var expiresAt: Date
    var removedAt: Date?
    /// Seconds until the last replica has heard of its making, or of its removal.
    var spread: TimeInterval
  }

  private struct State {
    var issued: [Key: Issued] = [:]
    var accepted: Set<Key> = []
    var calls: [SecretValue] = []
    var tokenAnswers: [CallFailure?] = []
    var resourceAnswers: [CallFailure?] = []
    var resourceCalls = 0
    var outage: @Sendable () -> CallFailure? = { nil }
    var identity = ResourceIdentity(organizationID: "org-1", userID: "user-1")
  }

  private let world: SimulatedWorld
  private let state = Mutex(State())

  init(_ world: SimulatedWorld) {
    self.world = world
  }

  // MARK: The ports

  func requestToken(for connection: Connection, secret: SecretValue) async -> TokenOutcome {
    await world.pause()
    let now = world.now
    return state.withLock { state in
      let key = Key(clientID: connection.clientID, value: secret)
      state.calls.append(secret)
      let failure =
        state.tokenAnswers.isEmpty
        ? state.outage() ?? Self.refusal(of: key, in: state, at: now)
        : state.tokenAnswers.removeFirst()
      if let failure { return .failed(failure) }
      state.accepted.insert(key)
      return .granted(AccessToken(SecretValue("token-\(state.calls.count)-of-the-server")))
    }
  }

  func whoAmI(environment: URL, token: AccessToken) async throws(CallFailure) -> ResourceIdentity {
    let answer: Result<ResourceIdentity, CallFailure> = state.withLock { state in
      state.resourceCalls += 1
      let failure =
        state.resourceAnswers.isEmpty ? nil : state.resourceAnswers.removeFirst()
      return failure.map(Result.failure) ?? .success(state.identity)
    }
    return try answer.get()
  }

  // MARK: The portal

  /// Makes a secret; the last replica hears of it `spread` seconds later.
  func make(
    _ value: SecretValue, for clientID: String = Connection.client, spread: TimeInterval = 0,
    life: TimeInterval = 730 * 86_400
  ) {
    let now = world.now
    state.withLock {
      $0.issued[Key(clientID: clientID, value: value)] = Issued(
        madeAt: now, expiresAt: now + life, spread: spread)
    }
  }

  /// Deletes a secret, if it is there; the last replica hears of it `spread` seconds later.
  func delete(
    _ value: SecretValue?, of clientID: String = Connection.client, spread: TimeInterval = 0
  ) {
    guard let value else { return }
    let now = world.now
    state.withLock {
      $0.issued[Key(clientID: clientID, value: value)]?.removedAt = now
      $0.issued[Key(clientID: clientID, value: value)]?.spread = spread
    }
  }

  // MARK: What tests do with it

  /// The answers to the next token calls, nil for a token; after them, the truth answers again.
  func answer(_ answers: [CallFailure?]) {
    state.withLock { $0.tokenAnswers = answers }
  }

  /// The answers to the next WhoAmI calls.
  func answerWhoAmI(_ answers: [CallFailure?]) {
    state.withLock { $0.resourceAnswers = answers }
  }

  /// What stands in the way of every call, asked before the truth is.
  func fail(_ outage: @escaping @Sendable () -> CallFailure?) {
    state.withLock { $0.outage = outage }
  }

  /// Who the environment says the token's bearer is.
  func identify(organization: String = "org-1", user: String = "user-1") {
    state.withLock { $0.identity = ResourceIdentity(organizationID: organization, userID: user) }
  }

  /// The values that were tried, in order.
  var calls: [SecretValue] { state.withLock { $0.calls } }

  var resourceCalls: Int { state.withLock { $0.resourceCalls } }

  /// Whether a token was ever granted for this value of this application.
  func hasAccepted(_ value: SecretValue, for clientID: String = Connection.client) -> Bool {
    state.withLock { $0.accepted.contains(Key(clientID: clientID, value: value)) }
  }

  /// Each call is answered by another replica; the last one hears of everything last.
  private static func refusal(of key: Key, in state: State, at now: Date) -> CallFailure? {
    guard let issued = state.issued[key] else { return .unknownValue }
    let lag = issued.spread * Double(state.calls.count % 3) / 2
    if let removedAt = issued.removedAt, now >= removedAt + lag { return .unknownValue }
    if now < issued.madeAt + lag && issued.removedAt == nil { return .unknownValue }
    return now < issued.expiresAt ? nil : .overdue
  }
}

extension CallFailure {
  static let unknownValue = CallFailure(
    .wrongOrNotReplicated, "AADSTS7000215: the client secret is wrong", remedy: "check the value")
  static let overdue = CallFailure(
    .expired, "AADSTS7000222: the client secret has expired", remedy: "make a new one")
  static let emptyValue = CallFailure(
    .refused, "AADSTS7000216: no client secret arrived", remedy: "record it again")
  static let noSuchApplication = CallFailure(
    .blocked, "AADSTS700016: the tenant has no such application", remedy: "compare client_id")
  static let unreachable = CallFailure(
    .transient(retryAfter: nil), "the server can't be reached", remedy: "try again later")

  static func throttled(_ seconds: TimeInterval) -> CallFailure {
    CallFailure(
      .transient(retryAfter: seconds), "the server is throttling", remedy: "try again later")
  }
}
