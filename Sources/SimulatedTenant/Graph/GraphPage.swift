/// The system query options of a list, checked (`$top`, `$skiptoken`, `$select`, `$count`).
///
/// See <https://learn.microsoft.com/graph/paging>.
struct GraphPage: Sendable {
  static let standardSize = 100
  static let largestSize = 999

  let size: Int
  /// What says where the page begins; `nil` for the first one.
  let token: String?
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
    token = query.nonEmpty("$skiptoken")
    selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
    countsMembers = query["$count"] == "true"
    guard isEventual || (!countsMembers && query["$search"] == nil && query["$orderby"] == nil)
    else {
      throw GraphFailure(
        400, "Request_UnsupportedQuery",
        "Unsupported Query. The header ConsistencyLevel: eventual is required.")
    }
  }

  /// How many members the pages before this one held, in a list whose members do not change.
  var skipped: Int {
    get throws(GraphFailure) {
      guard let token else { return 0 }
      let parts = OpaqueToken.read(token, kind: "page").compactMap { Int($0) }
      guard let skipped = parts.first, (0...1 << 32).contains(skipped) else {
        throw OpaqueToken.invalid
      }
      return skipped
    }
  }

  /// A token that says nothing to a client and everything to the next page.
  static func token(for position: Int) -> String {
    OpaqueToken.write(["\(position)"], kind: "page")
  }
}
