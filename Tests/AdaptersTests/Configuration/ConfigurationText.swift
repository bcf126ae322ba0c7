import Foundation
import Keyturn

@testable import Adapters

/// Texts to read settings from, and what is said about them.
enum ConfigurationText {
  /// A file whose line 9 and the following are the given lines of its one connection, `crm`.
  static func connection(_ lines: String...) -> String {
    let given = lines.map { "    \($0)\n" }.joined()
    return """
      tenants:
        contoso: { id: contoso.onmicrosoft.com }
        idp: { token_endpoint: https://idp.example.com/token }
      connections:
        crm:
          tenant: contoso
          client_id: 00001111-aaaa-2222-bbbb-3333cccc4444
          environment: https://contoso.crm.dynamics.com
      \(given)
      """
  }

  /// A file without connections, whose line 3 and the following are the given ones.
  static func file(_ lines: String...) -> String {
    "tenants: {}\nconnections: {}\n" + lines.map { $0 + "\n" }.joined()
  }

  /// The settings of a text.
  static func settings(_ text: String) throws -> Settings {
    try Settings.parse(Data(text.utf8), file: "/etc/keyturn/keyturn.yaml")
  }

  /// What is wrong with a text, each as `line:column: message`; empty if it loads.
  static func complaints(about text: String) -> [String] {
    complaints(about: Data(text.utf8))
  }

  /// What is wrong with the bytes of a file.
  static func complaints(about bytes: Data) -> [String] {
    do throws(KeyturnError) {
      _ = try Settings.parse(bytes, file: "k.yaml")
      return []
    } catch {
      return ([error.message] + error.hints).map { line in
        line.hasPrefix("k.yaml:") ? String(line.dropFirst("k.yaml:".count)) : line
      }
    }
  }

  /// The bytes of a fixture.
  static func fixture(_ name: String) throws -> Data {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: folder.appending(path: "Fixtures/Configuration/\(name)"))
  }
}
