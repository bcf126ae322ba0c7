import Foundation
import Keyturn

/// What asking for a collection brought.
enum GraphListing {
  case elements([GraphValue])
  /// The first answer that was no success.
  case refused(GraphAnswer)
}

extension GraphClient {
  /// The most pages that are read of one collection; each may be empty and still have a next.
  private static let pageLimit = 10

  /// Reads a collection page by page, until a page satisfies `isEnough` or there is none left.
  ///
  /// Source: Microsoft Graph, "Paging Microsoft Graph data in your app".
  func list(
    _ call: GraphCall, for caller: DirectoryCaller,
    isEnough: ([GraphValue]) -> Bool = { _ in false }
  ) async throws(DirectoryFailure) -> GraphListing {
    var call = call
    var elements: [GraphValue] = []
    for _ in 0..<Self.pageLimit {
      let answer = try await send(call, for: caller)
      guard answer.isSuccess else { return .refused(answer) }
      guard let body = answer.body, let page = body.elements else {
        throw answer.unreadable("a list")
      }
      elements += page
      guard !isEnough(elements), let next = body["@odata.nextLink"]?.text else {
        return .elements(elements)
      }
      call.page = URL(string: next)
      guard call.page != nil else { throw answer.unreadable("the link to the next page") }
    }
    throw DirectoryFailure(
      .later(retryAfter: nil), "\(call.purpose): there are more than \(Self.pageLimit) pages",
      remedy: "run the command again later; if it stays so, look it up in the portal")
  }
}

extension GraphValue {
  /// The elements of a page; an answer without `value` is its only element.
  ///
  /// Microsoft's samples show an activity that was asked for by its key id so.
  fileprivate var elements: [GraphValue]? {
    if let list = self["value"]?.list { return list }
    return self["keyId"] == nil ? nil : [self]
  }
}
