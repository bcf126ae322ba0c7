import Foundation
import Keyturn

/// What an administrator does to give the new value to the consumers.
struct HandOverSheet {
  let connection: Connection
  let record: ConsumerRecord

  /// The sheet, one line each.
  var lines: [String] {
    let open = Set(record.rotation?.openHandOvers.map(\.target) ?? [])
    return connection.consumers.filter { open.contains($0.name) }.flatMap { lines(for: $0) }
  }

  private func lines(for consumer: Consumer) -> [String] {
    switch consumer.kind {
    case .magentrix: magentrix(consumer)
    case .manual:
      ["At \(consumer.name): replace the client secret, and nothing else."] + value
    case .none: []
    }
  }

  /// Source: Magentrix, "Enabling OAuth 2 authentication for Microsoft Dynamics 365".
  private func magentrix(_ consumer: Consumer) -> [String] {
    let portal = consumer.portal.map { " \($0.absoluteString)" } ?? " the Magentrix portal"
    return [
      "Log in to\(portal) as an administrator.",
      "Go to Setup > Extend > Connected Apps > DynamicsCrm > Edit, and make the fields read:",
      "  Consumer Key     NA", "  Consumer Secret  the new value (below)",
      "  Refresh Token    \(connection.clientID)", "  Security Token   \(connection.clientID)",
      "Save. Then open Setup > Extend > Dynamics CRM, an entity, More Actions > Refresh: it must"
        + " succeed.",
    ] + value
  }

  private var value: [String] {
    ["The new value: keyturn show \(connection.name) --field consumer-secret"]
  }
}
