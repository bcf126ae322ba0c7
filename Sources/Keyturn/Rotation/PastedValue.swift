import Foundation

/// The guards between what was pasted and the record: each mistake has a message of its own.
public enum PastedValue {
  /// The longest value that is taken; Microsoft Entra's have 16 to 64 characters.
  public static let longest = 1_024

  /// Checks a pasted text against the record it is meant for.
  ///
  /// Throws: ``KeyturnError`` (bad input), which never quotes the text.
  public static func check(
    _ text: String, keyID: String?, for record: ConsumerRecord
  ) throws -> SecretValue {
    try checkEdges(text)
    guard text.count <= longest else {
      throw refused("it has more than \(longest) characters", "copy the Value column alone")
    }
    guard UUID(uuidString: text) == nil else {
      throw refused(
        "it is a GUID: this is the Secret ID, not the secret",
        "copy the column Value; if the portal no longer shows it, make another secret")
    }
    guard !isMasked(text) else {
      throw refused(
        "it is masked: the portal shows a value only right after it was made",
        "make another secret, and copy its Value before you leave the page")
    }
    guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
      throw refused(
        "it holds a blank, a control character or a letter that no secret has",
        "copy it again with the portal's copy button")
    }
    let value = SecretValue(text)
    guard value != record.previous?.value else {
      throw refused("it is the previous value", "copy the Value of the secret just made")
    }
    guard value != record.current?.value else {
      throw refused(
        "it is the value that is current already", "copy the Value of the secret just made")
    }
    try checkHint(of: value, keyID: keyID, record)
    return value
  }

  private static func checkEdges(_ text: String) throws {
    guard !text.isEmpty else {
      throw refused("it is empty", "copy the column Value with the portal's copy button")
    }
    guard text.unicodeScalars.first != "\u{FEFF}" else {
      throw refused(
        "it begins with a byte-order mark, which an editor put there",
        "pipe the value itself, or save the file without a mark")
    }
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return }
    let ends = [first, last]
    guard !ends.contains(where: { CharacterSet.newlines.contains($0) }) else {
      throw refused("it has a line break around it", "give the value on a line of its own")
    }
    guard !ends.contains(where: { CharacterSet.whitespaces.contains($0) }) else {
      throw refused("it has blanks around it", "copy it without what stands before and after")
    }
    let quotes: [Unicode.Scalar] = ["\"", "'", "`", "\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}"]
    guard !(text.count > 1 && quotes.contains(first) && quotes.contains(last)) else {
      throw refused("it has quotes around it", "give the value without them")
    }
  }

  private static func isMasked(_ text: String) -> Bool {
    ["***", "•••", "●●●", "xxxxxxxx"].contains { text.contains($0) }
  }

  private static func checkHint(of value: SecretValue, keyID: String?, _ record: ConsumerRecord)
    throws
  {
    guard let keyID else { return }
    for known in [record.current, record.previous].compactMap({ $0 }) where known.keyID == keyID {
      guard let hint = known.hint, hint != value.hint else { continue }
      throw refused(
        "it does not begin with \(hint.shown()), as the secret \(keyID) does",
        "copy Value and Secret ID from the same row")
    }
  }

  private static func refused(_ reason: String, _ remedy: String) -> KeyturnError {
    KeyturnError(.badInput, "the pasted value is refused: \(reason)", hints: [remedy])
  }
}
