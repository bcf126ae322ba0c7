import Foundation
import Keyturn
import NIOCore
import NIOHTTP1

/// What is kept of a page's elements.
protocol PageContent: Sendable {
  associatedtype Page: Sendable

  /// What was not handed on yet.
  var page: Page { get }
  /// How much of it there is, compared with ``ApplicationPages``' batch.
  var weight: Int { get }
  /// What a page should be, for messages.
  var name: String { get }

  /// Takes one element as it stands in the answer.
  mutating func add(_ element: UnsafeBufferPointer<UInt8>) throws
  /// Goes on with an empty page.
  mutating func drain()
  /// Notes how many elements were too large to be looked at; after the last one.
  mutating func finish(oversized: Int)
}

/// Follows a listing of applications, or of what is about them, from its first page to its last.
///
/// Source: Microsoft Graph, "Paging Microsoft Graph data in your app" and "Microsoft Graph throttling
/// guidance".
struct ApplicationPages<Content: PageContent> {
  /// How a listing ended.
  enum End {
    /// Every page was read; the link to what changes afterwards, if there is one.
    case complete(String?)
    /// There is another page, which was not to be followed.
    case unfinished
    /// An answer that is no page, and none that waiting would help against.
    case refused(GraphAnswer)
  }

  /// What one request brought.
  private enum Attempt {
    case page(PageEnvelope, HTTPHeaders, count: Int)
    case refused(GraphAnswer)
    /// The answer was not whole, or not JSON.
    case broken(DirectoryFailure)
  }

  /// The most pages that are followed: twenty million applications.
  private static var pageLimit: Int { 20_000 }
  /// The most pages without anything in them, one after the other.
  private static var emptyLimit: Int { 1_000 }
  /// How many client secrets and applications are held at most before they are handed on.
  private static var batch: Int { 20_000 }
  /// The largest page, in bytes.
  private static var pageSize: Int { 512 << 20 }

  let client: GraphClient
  let caller: DirectoryCaller
  /// An empty page.
  let content: Content
  let progress: @Sendable (ListingProgress) -> Void
  let wait: ListingPause
  let hand: (Content.Page) async throws -> Void

  private var seen: Set<Int> = []
  private var emptyPages = 0

  init(
    client: GraphClient, caller: DirectoryCaller, content: Content,
    progress: @escaping @Sendable (ListingProgress) -> Void, pause: ListingPause?,
    hand: @escaping (Content.Page) async throws -> Void
  ) {
    self.client = client
    self.caller = caller
    self.content = content
    self.progress = progress
    wait = pause ?? { if $0 > 0 { try await client.context.sleep($0) } }
    self.hand = hand
  }

  /// Reads every page, from this one on; with `isOnly` no other.
  ///
  /// Throws: ``DirectoryFailure`` where the listing leads in a circle or elsewhere, or breaks off, and
  /// what `hand` throws.
  mutating func read(from first: GraphCall, isOnly: Bool = false) async throws -> End {
    var call = first
    for _ in 0..<Self.pageLimit {
      let envelope: PageEnvelope
      switch try await page(call) {
      case .refused(let answer): return .refused(answer)
      case .broken(let failure): throw failure
      case .page(let found, let headers, let count):
        envelope = found
        emptyPages = count == 0 ? emptyPages + 1 : 0
        if found.next != nil { try await pause(ListingPace.pause(after: headers)) }
        // What is read again is not counted twice.
        if found.next != nil, isOnly { return .unfinished }
        progress(.read(count))
      }
      guard let next = envelope.next else { return .complete(envelope.deltaLink) }
      guard let url = URL(string: next) else {
        throw failure(call, "the link to the next page is no address")
      }
      // Only what stands for the link is kept: there may be thousands, each of some kilobytes.
      guard seen.insert(next.hashValue).inserted else {
        throw failure(call, "the pages lead in a circle")
      }
      guard emptyPages < Self.emptyLimit else {
        throw failure(call, "\(emptyPages) pages in a row were empty")
      }
      call.page = url
    }
    throw failure(call, "there are more than \(Self.pageLimit) pages")
  }

  private func failure(_ call: GraphCall, _ what: String) -> DirectoryFailure {
    DirectoryFailure(
      .later(retryAfter: nil), "\(call.purpose): \(what)",
      remedy: "run the command again later; if it stays so, report it with this line")
  }

  // MARK: One page

  /// Reads one page until it is whole: again after a wait, or once more with a new token.
  private func page(_ call: GraphCall) async throws -> Attempt {
    var pace = ListingPace()
    var isFresh = false
    while true {
      let attempt = try await attempt(call, isFresh: isFresh, isRepeated: pace.attempts > 0)
      let failure: DirectoryFailure
      var isThrottled = false
      switch attempt {
      case .page: return attempt
      case .refused(let answer) where answer.status == 401 && !isFresh:
        isFresh = true
        continue
      case .refused(let answer):
        failure = answer.failure
        isThrottled = answer.status == 429
      case .broken(let broken): failure = broken
      }
      guard case .later(let retryAfter) = failure.verdict,
        let wait = pace.wait(retryAfter: retryAfter, jitter: client.context.fraction())
      else { return attempt }
      try await pause(wait, isThrottled: isThrottled)
    }
  }

  private func pause(_ seconds: TimeInterval, isThrottled: Bool = true) async throws {
    guard seconds > 0 else { return }
    progress(
      .waiting(until: client.context.now().addingTimeInterval(seconds), isThrottled: isThrottled))
    try await wait(seconds)
  }

  private func attempt(
    _ call: GraphCall, isFresh: Bool, isRepeated: Bool
  ) async throws -> Attempt {
    try await pause(await client.wait(for: call, caller))
    try await wait(0)
    let token = try await client.tokens.token(for: caller, isFresh: isFresh)
    let id = client.context.uuid7()
    let request = try request(call, token, id: id, isRepeated: isRepeated)
    var reading = PageReading(content: content)
    let response: HTTPExchangeResponse
    do {
      response = try await client.transport.read(request, limit: Self.pageSize) { part in
        await reading.take(part, batch: Self.batch, hand)
      }
    } catch {
      return .broken(DirectoryFailure(error, during: call, id: id, at: client.context.now()))
    }
    let answer = GraphAnswer(
      response, to: call, for: caller, sentID: id, token: token, now: client.context.now())
    guard answer.isSuccess else { return .refused(answer) }
    guard let envelope = try reading.finish() else {
      return .broken(answer.unreadable("a whole page of \(content.name)"))
    }
    try await hand(reading.content.page)
    return .page(envelope, response.headers, count: reading.count)
  }

  private func request(
    _ call: GraphCall, _ token: AccessToken, id: String, isRepeated: Bool
  ) throws(DirectoryFailure) -> HTTPExchangeRequest {
    guard case .entra(_, let cloud) = caller.connection.server.kind else {
      throw .notMicrosoft(caller.connection.server)
    }
    guard let url = call.url(in: cloud) else { throw .elsewhere(call) }
    var request = HTTPExchangeRequest.get(
      url,
      headers: [
        "Authorization": "Bearer \(token.value.reveal())", "Accept": "application/json",
        "Accept-Encoding": "gzip", "client-request-id": id,
        // Whoever waits for an answer at a screen comes first.
        "x-ms-throttle-priority": "low",
      ])
    // A fault may lie with the machine at the other end of this connection.
    request.keepsConnection = !isRepeated
    return request
  }
}

/// A page while it arrives.
private struct PageReading<Content: PageContent> {
  private(set) var content: Content
  /// How many elements there were.
  private(set) var count = 0
  private var splitter = ElementSplitter()
  private var problem: (any Error)?

  init(content: Content) {
    self.content = content
  }

  /// Takes a part of the page; returns whether more is wanted.
  mutating func take(
    _ part: ByteBuffer, batch: Int, _ hand: (Content.Page) async throws -> Void
  ) async -> Bool {
    do {
      try part.withUnsafeReadableBytes { bytes in
        var splitter = splitter
        self.splitter = ElementSplitter()
        defer { self.splitter = splitter }
        try splitter.feed(bytes.bindMemory(to: UInt8.self)) {
          try content.add($0)
          count += 1
        }
      }
      if content.weight >= batch {
        let full = content.page
        content.drain()
        try await hand(full)
      }
      return true
    } catch {
      problem = error
      return false
    }
  }

  /// What was around the elements; nil where the page was not whole.
  mutating func finish() throws -> PageEnvelope? {
    if let problem {
      guard problem is JSONReader.Malformed else { throw problem }
      return nil
    }
    do {
      try splitter.finish()
      let envelope = try PageEnvelope(splitter.envelope)
      content.finish(oversized: splitter.oversized)
      return envelope
    } catch {
      return nil
    }
  }
}

/// The applications or service principals of a page.
struct ObservedPageContent: PageContent {
  private let kind: ObservedKind
  private(set) var page = ApplicationPage()
  private(set) var weight = 0
  private var unreadable = 0

  init(_ kind: ObservedKind) {
    self.kind = kind
  }

  var name: String { kind == .application ? "applications" : "service principals" }

  mutating func add(_ element: UnsafeBufferPointer<UInt8>) throws {
    weight += 1
    switch try ApplicationElement(element, kind) {
    case .application(let application):
      page.applications.append(application)
      weight += (application.secrets?.count ?? 0) + (application.certificates?.count ?? 0)
    case .removed(let objectID): page.removed.append(objectID)
    case .unreadable: unreadable += 1
    }
  }

  mutating func drain() {
    page = ApplicationPage()
    weight = 0
  }

  mutating func finish(oversized: Int) {
    // Counted with the last part, so that a page that is read twice does not count twice.
    page.unreadable = unreadable + oversized
  }
}
