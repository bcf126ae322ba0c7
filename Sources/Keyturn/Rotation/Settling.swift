import Foundation

/// How a secret is proven, as `validation:` in the configuration has it.
public struct ValidationSettings: Sendable, Equatable {
  /// How many calls in a row must succeed before a new secret counts as settled.
  public var successes: Int
  /// Seconds between two successful calls.
  public var interval: TimeInterval
  /// Seconds after which waiting for a new secret ends.
  public var timeout: TimeInterval

  /// The settings; by default 3 successes, 5 seconds apart, for at most 10 minutes.
  public init(successes: Int = 3, interval: TimeInterval = 5, timeout: TimeInterval = 600) {
    self.successes = successes
    self.interval = interval
    self.timeout = timeout
  }
}

/// Decides, answer by answer, whether a secret is proven, and how long to wait for the next call.
///
/// Microsoft Entra is eventually consistent: replicas that have not heard of a new secret refuse it,
/// so that success and refusal alternate, for seconds to minutes. One success proves little.
public struct Settling: Sendable {
  /// What is to be proven.
  public enum Purpose: Sendable {
    /// That a secret made just now is accepted everywhere.
    case newSecret
    /// That a secret which has been in use is accepted.
    case standingSecret
    /// That a removed secret is refused everywhere.
    case removal
  }

  /// What follows from an answer.
  public enum Next: Sendable, Equatable {
    case proven
    case wait(TimeInterval)
    case disproven(CallFailure)
  }

  private let purpose: Purpose
  private let settings: ValidationSettings
  private let startedAt: Date
  private var setbacks = 0
  /// How many answers in a row were the wanted one.
  public private(set) var successes = 0

  /// A proof that starts now.
  public init(_ purpose: Purpose, settings: ValidationSettings, startedAt: Date) {
    self.purpose = purpose
    self.settings = settings
    self.startedAt = startedAt
  }

  /// How many answers in a row must be the wanted one.
  public var required: Int {
    switch purpose {
    case .newSecret, .removal: settings.successes
    case .standingSecret: 1
    }
  }

  /// Seconds until the proof is given up.
  public func remaining(at now: Date) -> TimeInterval {
    max(0, settings.timeout - now.timeIntervalSince(startedAt))
  }

  /// Takes one answer: nil for an accepted secret, else the failure.
  ///
  /// `jitter` is a number from 0 to 1; waits are spread by it over a fifth of their length.
  public mutating func observe(_ failure: CallFailure?, at now: Date, jitter: Double) -> Next {
    let isWanted = purpose == .removal ? failure?.refusesTheValue == true : failure == nil
    if isWanted {
      successes += 1
      // What has expired stays expired on every replica.
      let isFinal = successes >= required || (purpose == .removal && failure?.verdict == .expired)
      return isFinal ? .proven : .wait(settings.interval)
    }
    guard let failure else {
      successes = 0
      return wait(backOff(jitter), Self.stillAccepted, at: now)
    }
    switch failure.verdict {
    case .transient(let retryAfter):
      guard purpose != .standingSecret || setbacks < Self.patience else {
        return .disproven(failure)
      }
      return wait(max(retryAfter ?? 0, backOff(jitter)), failure, at: now)
    case .wrongOrNotReplicated where purpose == .newSecret:
      successes = 0
      return wait(backOff(jitter), failure, at: now)
    case .wrongOrNotReplicated where purpose == .standingSecret && setbacks < Self.patience:
      setbacks += 1
      return wait(settings.interval, failure, at: now)
    case .wrongOrNotReplicated, .expired, .refused, .blocked, .unreachable:
      return .disproven(failure)
    }
  }

  /// How often a standing secret is asked again before a refusal is believed.
  private static let patience = 2

  private static let stillAccepted = CallFailure(
    .transient(retryAfter: nil), "the secret is still accepted",
    remedy: "delete it in the portal, wait a few minutes, then run the command again")

  /// 2, 4, 8, 15, 15 … seconds, each up to a fifth longer.
  private mutating func backOff(_ jitter: Double) -> TimeInterval {
    let ladder: [TimeInterval] = [2, 4, 8, 15]
    let delay = ladder[min(setbacks, ladder.count - 1)]
    setbacks += 1
    return delay * (1 + jitter / 5)
  }

  private func wait(_ seconds: TimeInterval, _ failure: CallFailure, at now: Date) -> Next {
    seconds > remaining(at: now) ? .disproven(failure) : .wait(seconds)
  }
}
