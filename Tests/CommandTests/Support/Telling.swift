import Foundation
import Testing

/// What a command left behind: its exit status and what it showed.
struct Telling: Sendable {
  var status: Int32
  /// Standard output: what was asked for.
  var printed: String
  /// Standard error: questions, progress, advice.
  var said: String
  /// What a Ctrl-C would have been told at each point.
  var notes: [String?] = []

  /// Everything that anybody could see.
  var everything: String { printed + said }

  /// The lines of standard output.
  var lines: [String] { printed.split(separator: "\n").map(String.init) }

  /// Standard output as one JSON object.
  func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(printed.utf8))
    return try #require(value as? [String: Any], sourceLocation: sourceLocation)
  }

  /// Checks the exit status, and shows everything where it is another.
  @discardableResult
  func ended(_ expected: Int32, sourceLocation: SourceLocation = #_sourceLocation) -> Telling {
    #expect(
      status == expected, "printed: \(printed)\nsaid: \(said)", sourceLocation: sourceLocation)
    return self
  }

  /// Checks that standard error holds a text.
  @discardableResult
  func saying(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Telling {
    #expect(said.contains(text), "said: \(said)", sourceLocation: sourceLocation)
    return self
  }

  /// Checks that standard output holds a text.
  @discardableResult
  func printing(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Telling {
    #expect(printed.contains(text), "printed: \(printed)", sourceLocation: sourceLocation)
    return self
  }

  /// Checks that nothing that anybody could see holds a text.
  @discardableResult
  func neverShowing(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Telling {
    // Not in the comment: a failure must not put a secret into the test's log.
    #expect(!everything.contains(text), "a value was shown", sourceLocation: sourceLocation)
    return self
  }
}
