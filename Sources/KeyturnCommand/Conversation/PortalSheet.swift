import Foundation
import Keyturn

/// What an administrator does in the portal, with the labels that stand there.
struct PortalSheet {
  let connection: Connection

  /// How to make the new secret.
  ///
  /// Source: Microsoft Learn, "Add and manage app credentials in Microsoft Entra ID".
  func creation(marker: String, from now: Date) -> [String] {
    guard let page = connection.server.secretsPage(clientID: connection.clientID) else {
      return [
        "Make a new client secret for the client \(connection.clientID) at"
          + " \(connection.server.name). Leave the old one valid."
      ]
    }
    return [
      "Open  \(page.absoluteString)",
      "On the tab Client secrets choose + New client secret, and enter:",
      "  Description  \(connection.secretName) · \(marker)", "  Expires      \(expires(from: now))",
      "Choose Add. Leave the old secret where it is. Stay on the page until its Value is copied:",
      "it is shown only now.",
    ]
  }

  /// How to delete a secret.
  func deletion(of secret: ClientSecret) -> [String] {
    let name: String
    if let keyID = secret.keyID {
      // Both are in the same row of the list; a Secret ID that was copied from another one is noticed.
      let hint = secret.hint.map { ", whose Value begins with \($0.shown())" } ?? ""
      name = "with the Secret ID \(keyID)\(hint)"
    } else if let marker = secret.marker {
      name = "whose Description ends in \(marker)"
    } else if let hint = secret.hint {
      name = "whose Value begins with \(hint.shown())"
    } else {
      name = "that expires on \(Timestamp.day(secret.expiresAt))"
    }
    guard let page = connection.server.secretsPage(clientID: connection.clientID) else {
      return [
        "At \(connection.server.name), remove the client secret \(name) of the client"
          + " \(connection.clientID)."
      ]
    }
    return [
      "Open  \(page.absoluteString)",
      "On the tab Client secrets, delete the one \(name), and no other.",
    ]
  }

  /// The drop-down's words for the policy's lifetime.
  private func expires(from now: Date) -> String {
    switch connection.policy.lifetime {
    case .months(3): "90 days (3 months)"
    case .months(6): "Recommended: 180 days (6 months)"
    case .months(12): "365 days (12 months)"
    case .months(18): "545 days (18 months)"
    case .months(24): "730 days (24 months)"
    default: "Custom, to \(Timestamp.day(now.adding(connection.policy.lifetime)))"
    }
  }
}
