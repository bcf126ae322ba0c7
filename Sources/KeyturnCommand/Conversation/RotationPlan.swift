import Foundation
import Keyturn

/// What `rotate --dry-run` says: the steps that are ahead.
struct RotationPlan {
  let connection: Connection
  let record: ConsumerRecord
  let validation: ValidationSettings
  let mode: Rotation.Mode
  let wish: RotationEngine.Wish
  let now: Date

  /// The plan, one line each.
  var lines: [String] {
    let ahead = steps.drop { $0.0 != record.rotation?.step }
    guard !ahead.isEmpty else {
      return ["\(connection.name): first finish keyturn abandon \(connection.name)"]
    }
    return ["\(connection.name): a rotation would"]
      + ahead.enumerated().map { "  \($0.offset + 1). \($0.element.1)" }
  }

  private var steps: [(Rotation.Step?, String)] {
    let calls =
      validation.successes == 1 ? "1 token call" : "\(validation.successes) token calls in a row"
    let told = connection.consumers.filter { $0.kind != .none }.map(\.name)
    let grace =
      wish.isCompromised
      ? "give no grace" : "keep the previous secret for \(connection.policy.grace)"
    let isAutomatic = mode == .automatic
    let isTakenOver =
      record.rotation?.step == .begun && (isAutomatic || record.rotation?.mode == .automatic)
    let takeOver = isTakenOver ? "take the rotation over with a new marker, then " : ""
    return [
      (nil, "record the rotation and a marker for the new secret's description"),
      (
        .begun,
        takeOver
          + (isAutomatic
            ? creation : "you make a secret at \(connection.server.name) and give its value")
      ),
      (
        .created,
        "prove it: \(calls)"
          + (connection.environment == nil ? "" : ", then WhoAmI")
      ),
      (.validated, "switch the store in one write; \(current) becomes previous"),
      (
        .switched,
        told.isEmpty
          ? "nobody has to be given it" : "you enter it at \(told.joined(separator: ", "))"
      ),
      (.handedOver, grace),
      (.retiring, retirement),
    ]
  }

  private var creation: String {
    let end = wish.end ?? now.adding(connection.policy.lifetime)
    let cleaning =
      record.rotation?.step == .begun ? "remove what earlier attempts made, and " : ""
    return "\(cleaning)make a secret '\(connection.secretName) · <marker>' of the application"
      + " \(connection.clientID) through Microsoft Graph, to end on \(Timestamp.day(end))"
  }

  private var retirement: String {
    guard connection.retiresByProgram(mode), record.current != nil else {
      return "you delete the previous secret; it must then be refused"
    }
    guard let keyID = record.current?.keyID else {
      return "you delete the previous secret, whose key id is not known; it must then be refused"
    }
    return "remove the secret \(keyID) through Microsoft Graph, and look that the new one is there"
  }

  private var current: String {
    record.current?.value == nil ? "the secret in use" : record.current?.designation ?? ""
  }
}
