import ArgumentParser
import Foundation
import Keyturn

/// What `record` and `rotate` are given about a secret, on the command line or on standard input.
struct SecretInput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "When it ends: 2028-11-22 (the end of that day, UTC) or RFC 3339.", valueName: "date"))
  var expires: Moment?

  @Option(help: ArgumentHelp("Its key id, which the portal calls Secret ID.", valueName: "id"))
  var keyID: String?

  @Flag(help: "Read the value from standard input.")
  var secretStdin = false

  func validate() throws {
    if let keyID, UUID(uuidString: keyID) == nil {
      throw ValidationError("--key-id takes the GUID of the portal's column Secret ID.")
    }
  }

  /// The key id in the form that Microsoft Graph writes.
  var normalizedKeyID: String? {
    keyID?.lowercased()
  }

  /// The value from standard input, checked.
  ///
  /// One line end after it is what `echo` and files end in, and no mistake.
  /// Throws: ``KeyturnError`` (bad input).
  func valueFromInput(for record: ConsumerRecord, _ terminal: Terminal) throws -> SecretValue {
    try terminal.valueFromInput(keyID: normalizedKeyID, for: record)
  }
}

extension Terminal {
  /// The value from standard input, checked.
  ///
  /// Throws: ``KeyturnError`` (bad input).
  func valueFromInput(keyID: String?, for record: ConsumerRecord) throws -> SecretValue {
    let data = readAll(PastedValue.longest * 4)
    // Foundation's reading of UTF-8 would drop a byte-order mark, which is a mistake to be told.
    guard var text = String(validating: data, as: UTF8.self) else {
      throw KeyturnError(
        .badInput, "the pasted value is refused: it is not text",
        hints: ["pipe the value alone, in UTF-8"])
    }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return try PastedValue.check(text, keyID: keyID, for: record)
  }

  /// Asks for a value until one passes the guards.
  ///
  /// Throws: ``KeyturnError`` (interrupted) at the end of input.
  func askForValue(_ question: String, keyID: String?, for record: ConsumerRecord) throws
    -> SecretValue
  {
    while true {
      do {
        return try PastedValue.check(try askHidden(question), keyID: keyID, for: record)
      } catch let error as KeyturnError where error.code == .badInput {
        complain(error)
      }
    }
  }

  /// Asks for the key id of a value, which may be left out; that of a new secret is one that no other has.
  ///
  /// Throws: ``KeyturnError`` (interrupted) at the end of input.
  func askForKeyID(of value: SecretValue, for record: ConsumerRecord, isNew: Bool = false) throws
    -> String?
  {
    while true {
      let answer = try ask("Secret ID from the same row (Enter to leave it out)").lowercased()
      if answer.isEmpty { return nil }
      guard UUID(uuidString: answer) != nil else {
        talk("That is no GUID; the column Secret ID holds one.")
        continue
      }
      let known = [record.current, record.previous].compactMap(\.self)
      guard let other = known.first(where: { $0.keyID == answer }),
        isNew || (other.hint ?? value.hint) != value.hint
      else { return answer }
      let which = other.hint.map { "the secret that begins with \($0.shown())" } ?? "the one in use"
      talk("That is the Secret ID of \(which).")
    }
  }

  /// Asks for a day, which must come after `bound` if there is one.
  ///
  /// Throws: ``KeyturnError`` (interrupted) at the end of input.
  func askForDate(_ question: String, suggestion: Date?, after bound: Date? = nil) throws -> Date {
    while true {
      let answer = try ask(question, suggestion: suggestion.map(Timestamp.day))
      guard let date = Timestamp.parse(answer) else {
        talk("Write it as 2028-11-22.")
        continue
      }
      if let bound, date <= bound {
        talk("\(Timestamp.day(date)) is over; give the date of the portal's column Expires.")
        continue
      }
      return date
    }
  }

  /// Shows an error in the middle of a conversation, which goes on.
  func complain(_ error: KeyturnError) {
    talk("  \(error.message)")
    for hint in error.hints { talk("  \(hint)") }
  }
}
