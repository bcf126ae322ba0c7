import Foundation
import Keyturn

/// The lines of the configuration that make a connection of an application.
struct ConnectionProposal {
  private let entry: InventoryEntry
  let name: String

  /// A proposal under this name, or one that follows from the application's and is not taken.
  init(_ entry: InventoryEntry, name: String?, taken: Set<String>) {
    self.entry = entry
    if let name {
      self.name = name
      return
    }
    let base = Self.name(from: entry.application.displayName ?? "")
    let names = [base] + (2...999).map { "\(base)-\($0)" }
    self.name = names.first { !taken.contains($0) } ?? base
  }

  /// Whether a text may be the name of a connection.
  static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/) != nil
  }

  private static func name(from displayName: String) -> String {
    let words = displayName.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let name = words.joined(separator: "-").prefix(50)
    return name.isEmpty ? "application" : String(name)
  }

  /// What to add below `connections:`.
  var lines: [String] {
    [
      "  \(name):", "    tenant: \(entry.tenant)",
      "    client_id: \(entry.application.clientID?.description ?? "")",
      "    # What its secret opens; for anything but Dynamics 365, scope: https://RESOURCE/.default",
      "    environment: https://ORGANIZATION.crm.dynamics.com",
      "    # Who has to be told of a new one: magentrix, manual or none.", "    consumer: manual",
    ]
  }

  /// How the secret in use is recorded.
  func command(for secret: ObservedSecret?) -> String {
    guard let secret else { return "keyturn record \(name) --key-id ID --expires DATE" }
    let end = secret.expiresAt.map { " --expires \(Timestamp.format($0))" } ?? " --expires DATE"
    return "keyturn record \(name) --key-id \(secret.keyID)\(end)"
  }

  /// The secrets that may be in use.
  func candidates(at now: Date) -> [String] {
    let living = entry.application.living(at: now)
    guard !living.isEmpty else { return ["None of its client secrets lives."] }
    return ["It is one of these:"]
      + living.prefix(20).map { secret in
        let end = secret.expiresAt.map { "until \(Timestamp.day($0))" } ?? "without an end"
        let hint = secret.hint.map { " \($0.shown())***" } ?? ""
        let name = secret.displayName.map { " \($0.shown(upTo: 60))" } ?? ""
        return "  \(secret.keyID) \(end)\(hint)\(name)"
      }
  }
}
