import Foundation

/// What a record waits for that needs no person: the one decision of what the next step is.
public enum AutomaticStep: Sendable, Equatable {
  /// Begin or take over, then make a secret through Graph.
  case mint
  /// Prove the pending value.
  case validate
  /// Prove again what was proven too long ago to rely on.
  case prove
  case switchOver
  /// Give up a rotation whose new secret does not work.
  case giveUp
  case retire
  /// Do what was declared.
  case finishRetiring
  /// End the rotation, and leave the removal of the previous secret to the nights to come.
  case setAside
  /// Do what was declared.
  case finishAbandoning

  /// The step for a record at `now`.
  ///
  /// `isUrged` is the wish of a person: then a secret is replaced that is not due, and with the rights
  /// of whoever is there to sign in.
  public init?(
    _ connection: Connection, _ record: ConsumerRecord, at now: Date, isUrged: Bool = false
  ) {
    let case_ = Case(connection: connection, record: record, now: now, isUrged: isUrged)
    guard record.clientID == connection.clientID, let step = case_.step else { return nil }
    self = step
  }

  /// How people call it.
  public var name: String {
    switch self {
    case .mint: "create"
    case .validate, .prove: "validate"
    case .switchOver: "switch"
    case .giveUp, .finishAbandoning: "abandon"
    case .retire, .finishRetiring: "retire"
    case .setAside: "set aside"
    }
  }

  /// What it would do to which secret, for a plan.
  public func intention(_ connection: Connection, _ record: ConsumerRecord, at now: Date) -> String
  {
    switch self {
    case .mint:
      let end = Timestamp.day(now.adding(connection.policy.lifetime))
      let found = record.rotation == nil ? "" : ", after removing what the last attempt left"
      return "make a secret of the application \(connection.clientID), to end on \(end)\(found)"
    case .validate: return "prove the new secret by real calls"
    case .prove: return "prove again that the new secret works"
    case .switchOver:
      return "switch to the secret \(record.pending?.designation ?? "")"
    case .giveUp, .finishAbandoning:
      return "remove the secret \(record.pending?.designation ?? "of the attempt")"
    case .retire, .finishRetiring:
      return "remove the previous secret \(record.previous?.designation ?? "")"
    case .setAside: return "leave the previous secret to a later night, and begin anew"
    }
  }

  private struct Case {
    var connection: Connection
    var record: ConsumerRecord
    var now: Date
    var isUrged: Bool

    private var policy: Policy { connection.policy }

    /// Whether Graph can be called: with somebody there, or by itself.
    private var hasGraph: Bool {
      guard let graph = connection.server.graph else { return false }
      return isUrged || graph.isUnattended
    }

    /// Whether the current secret is to be replaced, as far as the nightly check may decide that.
    private var isRenewalDue: Bool {
      guard connection.rotatesByItself, let current = record.current else { return false }
      // What no longer exists is not waited for; a refusal alone may be a tenant's mistake.
      let isLost = [.expired, .missing].contains(current.failure?.kind)
      // Consumers that were passed over get the next one, even where the current one works again.
      let isOwed = record.rotation == nil && !record.unserved.isEmpty
      return isLost || isOwed || now >= policy.rotation(of: current)
    }

    /// Whether a person asks for what people are warned of.
    private var isRenewalWished: Bool {
      guard isUrged, hasGraph, let current = record.current else { return false }
      return now >= policy.firstWarning(before: current.expiresAt)
    }

    var step: AutomaticStep? {
      guard let rotation = record.rotation else { return stepWhenIdle }
      switch rotation.step {
      case .begun: return hasGraph && (isUrged || rotation.mode == .automatic) ? .mint : nil
      case .created: return stepWhenCreated(rotation)
      case .validated: return stepWhenValidated(rotation)
      case .switched: return isCurrentLost ? .setAside : nil
      case .handedOver: return stepWhenHandedOver
      case .retiring: return isRenewalDue || isCurrentLost ? .setAside : .finishRetiring
      case .abandoning: return .finishAbandoning
      }
    }

    private var stepWhenIdle: AutomaticStep? {
      guard hasGraph else { return nil }
      if isUrged || isRenewalDue { return .mint }
      let wantsSpare = policy.standby && policy.rotate == .automatic
      return wantsSpare && record.current?.value != nil ? .mint : nil
    }

    private func stepWhenCreated(_ rotation: Rotation) -> AutomaticStep {
      isHopeless(rotation) ? .giveUp : .validate
    }

    private func stepWhenValidated(_ rotation: Rotation) -> AutomaticStep? {
      if isHopeless(rotation) { return .giveUp }
      // A day-old proof says little of a secret that somebody may have deleted since.
      if let due = policy.nextValidation(of: record.pending), due <= now { return .prove }
      return !isUrged && record.holdsStandby(for: connection, at: now) ? nil : .switchOver
    }

    /// Whether waiting will not make the pending secret work.
    private func isHopeless(_ rotation: Rotation) -> Bool {
      guard rotation.mode == .automatic, hasGraph, let kind = record.pending?.failure?.kind else {
        return false
      }
      switch kind {
      case .missing, .expired: return true
      // After a day the replicas agree, so that a refusal no longer means "not yet".
      case .refused: return now >= rotation.steppedAt.adding(policy.patience)
      case .blocked, .unreachable: return false
      }
    }

    private var stepWhenHandedOver: AutomaticStep? {
      // Whoever still uses the previous secret, or might, holds up its removal, and not the next one.
      let isHeldUp = record.rotation?.lastError != nil
      if isHeldUp, isRenewalDue || isRenewalWished { return .setAside }
      let isPreviousOver = record.previous.map { $0.expiresAt <= now } ?? true
      if let retireAfter = record.retireAfter, retireAfter <= now,
        isPreviousOver || record.isCurrentUsable(at: now)
      {
        return .retire
      }
      return isRenewalDue || isCurrentLost ? .setAside : nil
    }

    /// Whether the rotation leads nowhere, because what it switched to does not work any more.
    ///
    /// A person may say so of what is merely refused; the nightly check wants to have seen it gone.
    private var isCurrentLost: Bool {
      guard hasGraph, isUrged || connection.rotatesByItself, let current = record.current else {
        return false
      }
      if isUrged { return !record.isCurrentUsable(at: now) }
      return current.expiresAt <= now || [.expired, .missing].contains(current.failure?.kind)
    }
  }
}

extension Connection {
  /// Whether the nightly check makes new secrets, with nobody there.
  public var rotatesByItself: Bool {
    policy.rotate == .automatic && server.graph?.isUnattended == true
  }

  /// Whether the nightly check removes the previous secret of a record, with nobody there.
  public func retiresByItself(_ record: ConsumerRecord) -> Bool {
    server.graph?.isUnattended == true && retiresByProgram(record)
  }

  /// Whether the previous secret of a record is removed through Graph, as far as somebody can sign in to it.
  func retiresByProgram(_ record: ConsumerRecord) -> Bool {
    retiresByProgram(record.rotation?.mode) && canRemove(record.previous)
  }

  /// Whether what a rotation replaces is removed through Graph, as far as its key id is known: where either
  /// the rotation or the policy needs no person.
  public func retiresByProgram(_ mode: Rotation.Mode?) -> Bool {
    server.graph != nil && (mode == .automatic || policy.rotate == .automatic)
  }

  /// Whether a secret can be removed without a person.
  public func canRemove(_ secret: ClientSecret?) -> Bool {
    server.graph != nil && secret?.keyID != nil
  }
}

extension ConsumerRecord {
  /// Whether the pending secret is a spare that waits for its day.
  public func holdsStandby(for connection: Connection, at now: Date) -> Bool {
    guard connection.policy.standby, let rotation, rotation.step == .validated,
      rotation.mode == .automatic, !rotation.isCompromised, isCurrentUsable(at: now), let pending
    else { return false }
    return now < connection.policy.takeOver(from: current, by: pending)
  }
}
