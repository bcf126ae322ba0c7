import Foundation

/// Names and values of an `application/x-www-form-urlencoded` body or of a query string.
struct FormFields: Sendable {
  private let values: [String: String]

  /// Reads the fields; of two with one name the first counts.
  init(_ encoded: String) {
    let pairs = encoded.split(separator: "&").map { pair -> (String, String) in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
    }
    values = Dictionary(pairs) { first, _ in first }
  }

  /// The value of a field, or `nil` where the field is absent.
  subscript(name: String) -> String? { values[name] }

  /// The value of a field, or `nil` where the field is absent or empty.
  func nonEmpty(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Decodes one name or value; text with a broken escape stays as it is.
  static func decode(_ text: some StringProtocol) -> String {
    let spaced = text.replacingOccurrences(of: "+", with: " ")
    return spaced.removingPercentEncoding ?? spaced
  }
}
