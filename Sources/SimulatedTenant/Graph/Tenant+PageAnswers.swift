import Foundation

/// What goes wrong with a page of a list.
extension Tenant {
  /// How many members a page repeats of the one before.
  private static let repeatedMembers = 10

  /// The refusal that is sent in place of a page.
  mutating func refusal(
    by answer: Faults.PageAnswer, _ request: TenantRequest
  ) -> TenantResponse? {
    guard answer.kind == .unavailable || answer.kind == .throttled else { return nil }
    let isThrottled = answer.kind == .throttled
    var response = graphResponse(
      GraphFailure(
        isThrottled ? 429 : 503, isThrottled ? "TooManyRequests" : "serviceNotAvailable",
        isThrottled
          ? "Too many requests. Please wait and try again."
          : "The service is temporarily unavailable. Please wait and try again."), to: request)
    response.headers["Retry-After"] = answer.retryAfter.map(String.init)
    return response
  }

  /// Changes what is on a page, and where it leads.
  func apply(_ answer: Faults.PageAnswer?, to members: inout Members, from cursor: ListCursor) {
    switch answer?.kind {
    case .emptyPage:
      // The same members come on the next page.
      members = Members()
      members.next = ListCursor(place: cursor.place, page: cursor.page + 1)
    case .cycle:
      members.next = cursor
    case .duplicates:
      guard let next = members.next else { return }
      members.next = ListCursor(
        place: max(cursor.place, next.place - Self.repeatedMembers), page: next.page)
    default: break
    }
  }

  /// A link that leads to another origin, where that is what goes wrong.
  func redirected(_ link: String, by answer: Faults.PageAnswer?) -> String {
    guard answer?.kind == .otherOrigin, let scheme = link.range(of: "://"),
      let path = link[scheme.upperBound...].firstIndex(of: "/")
    else { return link }
    return (answer?.origin ?? "https://graph.example.com") + link[path...]
  }
}
