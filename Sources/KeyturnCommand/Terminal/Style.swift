import Keyturn

/// Colours and weights, which are decoration: what they say is always in the words too.
struct Style: Sendable {
  let isOn: Bool

  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }

  /// Text in the colour of a severity.
  func colored(_ text: String, _ severity: Severity) -> String {
    switch severity {
    case .ok: wrap(text, "32")
    case .warning: wrap(text, "33")
    case .critical: wrap(text, "31")
    case .unknown: wrap(text, "35")
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
