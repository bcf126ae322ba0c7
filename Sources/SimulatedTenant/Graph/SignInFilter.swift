/// The `$filter` of the sign-in reports, as far as clients use it: equations joined by `and`.
struct SignInFilter: Sendable, Equatable {
  /// The text that each property must have.
  private(set) var texts: [String: String] = [:]
  /// The kinds of sign-in that are asked for.
  private(set) var eventTypes: [String] = []

  /// Reads a filter over the properties that a report has.
  init(_ text: String?, properties: Set<String>) throws(GraphFailure) {
    guard let text, !text.isEmpty else { return }
    for part in text.split(separator: " and ") {
      let kind = /\s*signInEventTypes\/any\((\w+):\s*\1\s+eq\s+'(\w+)'\)\s*/
      if properties.contains("signInEventTypes"), let match = part.wholeMatch(of: kind)?.output {
        eventTypes.append(String(match.2))
        continue
      }
      guard let match = part.wholeMatch(of: /\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*/)?.output else {
        throw GraphFailure(400, "BadRequest", "Invalid filter clause.")
      }
      guard properties.contains(String(match.1)) else {
        throw GraphFailure(
          400, "BadRequest",
          "Invalid filter clause: Could not find a property named '\(match.1)'.")
      }
      texts[String(match.1)] = match.2.replacing("''", with: "'").lowercased()
    }
  }

  /// Whether a property with this text passes.
  func admits(_ property: String, _ text: String) -> Bool {
    texts[property].map { $0 == text.lowercased() } ?? true
  }
}
