import Foundation

/// Where the next page of a list of applications begins.
///
/// It names a place, not a number of applications, so that what is added or deleted meanwhile
/// moves nobody else from one page to another.
struct ListCursor: Sendable, Equatable {
  /// Registered applications have their positions; those of the population follow from here on.
  static let populationStart = 1 << 40

  var place: Int
  /// The number of the page, from 1 on.
  var page: Int

  static let first = ListCursor(place: 0, page: 1)

  init(place: Int, page: Int) {
    self.place = place
    self.page = page
  }

  /// Reads what ``token`` wrote.
  init(token: String) throws(GraphFailure) {
    let parts = OpaqueToken.read(token, kind: "list").compactMap { Int($0) }
    guard parts.count == 2, parts[0] >= 0, parts[1] > 0 else { throw OpaqueToken.invalid }
    self.init(place: parts[0], page: parts[1])
  }

  /// Says nothing to a client.
  var token: String { OpaqueToken.write(["\(place)", "\(page)"], kind: "list") }
}

/// The state of a delta query, which the client carries from one request to the next.
///
/// See <https://learn.microsoft.com/graph/delta-query-overview#state-tokens>.
struct DeltaState: Sendable, Equatable {
  /// The tenant's revision that the client knows when it has read to the end.
  var revision: Int
  /// Unix time in seconds at which the link was made.
  var issuedAt: Int
  /// Where a first, full read has come to; `nil` where only changes are asked for.
  var cursor: ListCursor?
  /// The number of the page.
  var page: Int
  var size: Int
  var selected: [String]

  init(
    revision: Int, issuedAt: Int, cursor: ListCursor?, page: Int = 1, size: Int, selected: [String]
  ) {
    self.revision = revision
    self.issuedAt = issuedAt
    self.cursor = cursor
    self.page = page
    self.size = size
    self.selected = selected
  }

  /// Reads what ``token`` wrote.
  init(token: String) throws(GraphFailure) {
    let parts = OpaqueToken.read(token, kind: "delta")
    let numbers = parts.prefix(5).compactMap { Int($0) }
    guard parts.count == 6, numbers.count == 5, (1...GraphPage.largestSize).contains(numbers[4])
    else { throw OpaqueToken.invalid }
    self.init(
      revision: numbers[0], issuedAt: numbers[1],
      cursor: numbers[2] < 0 ? nil : ListCursor(place: numbers[2], page: numbers[3]),
      page: numbers[3], size: numbers[4],
      selected: parts[5].split(separator: ",").map(String.init))
  }

  /// Says nothing to a client.
  var token: String {
    let place = cursor?.place ?? -1
    let numbers = [revision, issuedAt, place, cursor?.page ?? page, size].map(String.init)
    return OpaqueToken.write(numbers + [selected.joined(separator: ",")], kind: "delta")
  }
}

/// Texts in links, made unreadable.
enum OpaqueToken {
  static let invalid = GraphFailure(400, "Request_BadRequest", "Invalid skip token.")

  static func write(_ parts: [String], kind: String) -> String {
    Data(([kind] + parts).joined(separator: "|").utf8).base64EncodedString()
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }

  static func read(_ token: String, kind: String) -> [String] {
    let padding = String(repeating: "=", count: (4 - token.count % 4) % 4)
    let text = token.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    guard let data = Data(base64Encoded: text + padding) else { return [] }
    let parts = String(decoding: data, as: UTF8.self)
      .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    return parts.first == kind ? Array(parts.dropFirst()) : []
  }
}
