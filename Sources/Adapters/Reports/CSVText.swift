import Foundation
import Keyturn

/// Texts from outside as fields of a table that spreadsheets open.
///
/// Source: RFC 4180.
public enum CSVText {
  /// The most characters of a text; a spreadsheet takes 32,767 in a cell.
  private static let longest = 1_000

  /// One field: bounded, without anything that acts, no formula, and in quotes where it has to be.
  public static func cell(_ text: String) -> String {
    quoted(harmless(text.shown(upTo: longest)))
  }

  /// A text that no spreadsheet takes for a formula.
  ///
  /// Spreadsheets calculate what begins with one of these, and a formula may fetch an address with
  /// the sheet's content in it; the apostrophe says "text". Line ends and tabs are visible by now.
  /// Source: OWASP, "CSV Injection".
  private static func harmless(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first) ? "'\(text)" : text
  }

  /// In quotes, where it has to be.
  private static func quoted(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else {
      return text
    }
    // By scalars: a quote with a combining mark is another Character, and still a quote.
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { result += "\"" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
