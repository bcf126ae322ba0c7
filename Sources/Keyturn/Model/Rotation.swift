import Foundation

/// One replacement of a connection's current secret, from `begun` to completed or abandoned.
public struct Rotation: Sendable, Equatable {
  /// Who makes the new secret.
  public enum Mode: String, Sendable, Codable {
    /// An administrator makes it in the portal and pastes its value.
    case guided
    /// keyturn makes it through Microsoft Graph.
    case automatic
  }

  /// How far it is; the next thing to do follows from it alone.
  public enum Step: String, Sendable, Codable, CaseIterable {
    /// The marker is in the record; a secret may exist.
    case begun
    /// The new value is in the record, unproven.
    case created
    /// The new value was accepted.
    case validated
    /// The new value is current; a hand-over is open.
    case switched
    /// Every consumer has the new value; the previous one waits for its grace to end.
    case handedOver = "handed_over"
    /// The removal of the previous secret is declared.
    case retiring
    /// The removal of the pending secret is declared.
    case abandoning

    /// Whether the new value is the current one, so that the old one is the previous.
    var isSwitched: Bool { self == .switched || self == .handedOver || self == .retiring }
  }

  /// A UUID of version 7, so that rotations sort by their start.
  public var id: String
  public var mode: Mode
  public var step: Step
  public var startedAt: Date
  /// When the step was reached.
  public var steppedAt: Date
  /// What went wrong last, safe to show.
  public var lastError: String?
  /// What kind of thing stands in the way; nil for whatever the step itself says.
  public var obstacle: Finding.Code?
  public var handOver: [HandOver]
  /// How long the new secret took until it was settled, in seconds.
  public var settledAfter: TimeInterval?
  /// Whether the secret that it replaces is known to somebody who should not: then no grace is given.
  public var isCompromised = false

  /// A rotation that begins now.
  public init(id: String, mode: Mode, startedAt: Date) {
    self.id = id
    self.mode = mode
    step = .begun
    self.startedAt = startedAt
    steppedAt = startedAt
    handOver = []
  }

  /// The consumers that have not been told yet.
  public var openHandOvers: [HandOver] {
    handOver.filter { $0.state == .open }
  }
}

/// Telling one consumer the new value.
public struct HandOver: Sendable, Equatable, Codable {
  /// Whether the consumer has it.
  public enum State: String, Sendable, Codable {
    case open, confirmed
  }

  /// The consumer's name in the configuration.
  public var target: String
  /// The key id (or hint) of the secret that is handed over.
  public var secret: String
  public var state: State
  /// Who confirmed it.
  public var by: String?
  /// When it was opened, or confirmed.
  public var at: Date

  /// A hand-over that is open since `at`.
  public init(target: String, secret: String, at: Date) {
    self.target = target
    self.secret = secret
    state = .open
    self.at = at
  }
}
