import Foundation
import Keyturn
import Subprocess
import Testing

@testable import Adapters

/// Servers that receive messages, each one of somebody else's.
enum Receiver {
  /// Runs a program while the body runs; the body gets what `pattern` found in the program's
  /// output.
  static func run(
    _ words: [String], announcing pattern: sending Regex<(Substring, Substring)>,
    _ body: (String) async throws -> Void
  ) async throws {
    var hasStarted = false
    let telling = try await Programs.run(words, until: SIGTERM) { _, output in
      for try await line in output.strings() {
        guard let match = line.firstMatch(of: pattern) else { continue }
        hasStarted = true
        try await body(String(match.output.1))
        return
      }
    }
    try #require(hasStarted, "it ended before it listened: \(telling.said)")
  }

  /// A Python program of Tests/Support, in the environment with the packages.
  static func script(_ name: String, _ arguments: String...) -> [String] {
    ["\(Requirement.python ?? "")/bin/python3", Programs.script(name)] + arguments
  }
}

extension Message {
  /// A message as a night sends it; `text` stands in every place.
  static func ofANight(
    _ text: String = "the secret in use expires in 6 days", kind: Line.Kind = .news,
    severity: Severity = .critical, connection: String = "magentrix-d365", at: Date = Date(),
    id: String = UUID().uuidString.lowercased()
  ) -> Message {
    Message(
      id: id, route: "admins", recipients: ["ops@example.com", "crm@example.org"], at: at,
      host: "crm01",
      lines: [
        Line(
          kind: kind, connection: connection, tenant: "contoso",
          keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6", code: .expiring, severity: severity,
          text: text, remedy: "keyturn rotate \(text)", due: at.addingTimeInterval(6.5 * 86_400),
          since: at.addingTimeInterval(-3_600))
      ])
  }
}

extension Deliveries {
  /// Deliveries over the real network, with these variables.
  static func live(
    _ transport: HTTPTransport, environment: [String: String] = [:]
  ) -> Deliveries {
    Deliveries(transport: transport, context: .live, environment: environment) {
      _, _ throws(DirectoryFailure) in
      throw DirectoryFailure(.notSignedIn, "nobody signs in here", remedy: "none")
    }
  }
}
