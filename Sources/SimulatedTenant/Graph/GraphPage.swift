import Foundation

/// The system query options of a list, checked (`$top`, `$skiptoken`, `$select`, `$count`).
///
/// See <https://learn.microsoft.com/graph/paging>.
struct GraphPage: Sendable {
  static let standardSize = 100
  static let largestSize = 999

  let size: Int
  /// How many members the pages before this one held.
  let skipped: Int
  let selected: [String]
  let countsMembers: Bool

  init(_ query: FormFields, isEventual: Bool) throws(GraphFailure) {
    let top = query.nonEmpty("$top")
    size = top.flatMap(Int.init) ?? Self.standardSize
    guard (1...Self.largestSize).contains(size), top == nil || Int(top ?? "") != nil else {
      throw GraphFailure(
        400, "Request_BadRequest",
        """
        Invalid page size specified: '\(top ?? "")'. Must be between 1 and \(Self.largestSize) \
        inclusive.
        """)
    }
    if let token = query.nonEmpty("$skiptoken") {
      guard let position = Self.position(in: token) else {
        throw GraphFailure(400, "Request_BadRequest", "Invalid skip token.")
      }
      skipped = position
    } else {
      skipped = 0
    }
    selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
    countsMembers = query["$count"] == "true"
    guard isEventual || (!countsMembers && query["$search"] == nil && query["$orderby"] == nil)
    else {
      throw GraphFailure(
        400, "Request_UnsupportedQuery",
        "Unsupported Query. The header ConsistencyLevel: eventual is required.")
    }
  }

  /// A token that says nothing to a client and everything to the next page.
  static func token(for position: Int) -> String {
    Data("page:\(position)".utf8).base64EncodedString()
      .replacingOccurrences(of: "=", with: "")
  }

  private static func position(in token: String) -> Int? {
    let padding = String(repeating: "=", count: (4 - token.count % 4) % 4)
    guard let data = Data(base64Encoded: token + padding),
      case let text = String(decoding: data, as: UTF8.self), text.hasPrefix("page:")
    else { return nil }
    return Int(text.dropFirst("page:".count)).flatMap { (0...1 << 32).contains($0) ? $0 : nil }
  }
}
