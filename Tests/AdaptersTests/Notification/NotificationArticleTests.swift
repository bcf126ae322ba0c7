import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What the article "Notifications" promises to whoever receives messages.
@Suite struct NotificationArticleTests {
  private static func article() throws -> String {
    let repository = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path = repository.appending(path: "Sources/Keyturn/Keyturn.docc/Notifications.md")
    return try String(contentsOf: path, encoding: .utf8)
  }

  /// The names in a JSON value, each with those above it.
  private func names(_ value: Any, below path: String = "") -> Set<String> {
    if let list = value as? [Any] {
      return list.reduce(into: []) { $0.formUnion(names($1, below: path)) }
    }
    guard let members = value as? [String: Any] else { return [] }
    return members.reduce(into: []) { found, member in
      let name = "\(path)/\(member.key)"
      found.formUnion(names(member.value, below: name).union([name]))
    }
  }

  @Test func `the document's example has the names that a message has`() throws {
    let text = try Self.article()
    let example = try #require(text.firstMatch(of: /```json\n((?s:.*?))```/)?.output.1)
    let shown = try JSONSerialization.jsonObject(with: Data(example.utf8))
    let sent = try JSONSerialization.jsonObject(with: WebhookDocument(.sample()).data)
    #expect(names(shown) == names(sent))
    #expect(names(shown).contains("/lines/key_id"))
  }

  @Test(arguments: Finding.Code.allCases)
  func `each code's alert has its name there`(code: Finding.Code) throws {
    #expect(try Self.article().contains("| `\(code.rawValue)` | `\(code.alertName)` |"))
  }
}
