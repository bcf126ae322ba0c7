import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

/// Pages that are as they should be, and every way in which they are not.
@Suite struct ListingTests {
  private let world = TestWorld()
  private let server = ListingServer()
  private let tokens = FixedTokens()

  private var client: GraphClient {
    GraphClient(transport: server.transport, tokens: tokens, context: world.context)
  }

  /// What a listing brought.
  private struct Heard: Sendable {
    var applications: [ObservedApplication] = []
    var progress: [ListingProgress] = []
    var end: ListingEnd?
  }

  private func read(_ listing: ApplicationListing = .all) async throws -> Heard {
    let heard = Mutex(Heard())
    let end = try await client.read(listing, of: ObservedScope(.application), try .entra()) {
      update in
      heard.withLock { $0.progress.append(update) }
    } take: { page in
      heard.withLock { $0.applications += page.applications }
    }
    return heard.withLock { heard in
      heard.end = end
      return heard
    }
  }

  private func fill(_ count: Int) -> [ObservedApplication] {
    let all = (1...count).map { ObservedApplication.sample($0, ends: [$0, 300]) }
    for application in all { server.put(application) }
    return all
  }

  @Test func `every page is followed, with a token and what saves bytes`() async throws {
    let all = fill(8)
    let heard = try await read()
    #expect(heard.applications == all)
    #expect(heard.end == .complete(mark: nil))
    #expect(heard.progress == [.read(3), .read(3), .read(2)])
    let first = try #require(server.requests.first)
    #expect(
      first.url.query()
        == "$select=id,appId,displayName,passwordCredentials&$top=999")
    #expect(first.headers.first(name: "Accept-Encoding") == "gzip")
    #expect(server.requests.count == 3)
    #expect(server.requests.allSatisfy { $0.keepsConnection })
  }

  @Test(arguments: [
    "https://evil.example/v1.0/applications?$skiptoken=3", "http://graph.microsoft.com/v1.0/x",
    "https://graph.microsoft.com:444/v1.0/x", "https://graph.microsoft.com@evil.example/v1.0/x",
    "https://graph.microsoft.com.evil.example/x", "//evil.example/x", "file:///etc/passwd",
  ])
  func `a link to elsewhere is refused, and nobody there sees the token`(
    link: String
  ) async throws {
    server.change { $0.faults = [ListingServer.page([], next: link)] }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.verdict == .refused || failure.message.contains("no address"))
    #expect(server.requests.count == 1)
  }

  @Test func `pages in a circle end`() async throws {
    let page = ListingServer.page(
      [ObservedApplication.sample(1).json], next: "/v1.0/applications?$skiptoken=1")
    server.change { $0.faults = [HTTPExchangeResponse?](repeating: page, count: 50) }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.message.hasSuffix("the pages lead in a circle"))
    #expect(server.requests.count == 2)
  }

  @Test func `empty pages are followed, but not for ever`() async throws {
    server.change { state in
      state.faults = (1...5).map {
        ListingServer.page([], next: "/v1.0/applications?$skiptoken=0&n=\($0)")
      }
    }
    let all = fill(2)
    #expect(try await read().applications == all)
    server.change { state in
      state.faults = (1...2_000).map {
        ListingServer.page([], next: "/v1.0/applications?$skiptoken=0&n=\($0)")
      }
    }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.message.contains("1000 pages in a row were empty"))
  }

  @Test func `a token that expires meanwhile is replaced, once for each page`() async throws {
    let all = fill(8)
    let expired = ListingServer.refusal(401, "InvalidAuthenticationToken")
    server.change { $0.faults = [nil, expired, nil, expired] }
    #expect(try await read().applications == all)
    #expect(tokens.freshCount == 2)
    server.change { $0.faults = [nil, expired, expired] }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.verdict == .notSignedIn)
  }

  @Test func `a storm of 429 is waited for as long as it asks`() async throws {
    let all = fill(4)
    let throttled = ListingServer.refusal(429, "TooManyRequests", retryAfter: 17)
    server.change { state in
      state.faults = [nil] + [HTTPExchangeResponse?](repeating: throttled, count: 20)
    }
    let start = world.now
    let heard = try await read()
    #expect(heard.applications == all)
    #expect((340...361).contains(world.now.timeIntervalSince(start)))
    let waits = heard.progress.filter { if case .waiting(_, true) = $0 { true } else { false } }
    #expect(waits.count == 20)
  }

  @Test func `a storm without an end is given up`() async throws {
    let throttled = ListingServer.refusal(429, "TooManyRequests", retryAfter: 120)
    server.change { $0.faults = [HTTPExchangeResponse?](repeating: throttled, count: 100) }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.verdict == .later(retryAfter: 120))
    #expect(server.requests.count < 10)
  }

  @Test(arguments: [500, 502, 503, 504])
  func `a fault in the middle is tried again, on another connection`(status: Int) async throws {
    let all = fill(5)
    server.change { $0.faults = [nil] + [.init(repeating: status), .init(repeating: status)] }
    #expect(try await read().applications == all)
    #expect(server.requests.map(\.keepsConnection) == [true, true, false, false])
    server.change {
      $0.faults = [HTTPExchangeResponse?](repeating: .init(repeating: status), count: 50)
    }
    await #expect(throws: DirectoryFailure.self) { try await read() }
  }

  @Test(arguments: [
    #"{"value":[{"id":"\#(ObservedApplication.sample(1).objectID)""#, #"{"value":{}}"#,
    "<html>", "", #"{"value":[1]}"#,
  ])
  func `a page that is none is read again`(text: String) async throws {
    let all = fill(4)
    server.change { $0.faults = [nil, .json(text), .json(text)] }
    #expect(Set(try await read().applications.map(\.objectID)) == Set(all.map(\.objectID)))
    server.change { $0.faults = [HTTPExchangeResponse?](repeating: .json(text), count: 50) }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.message.contains("in place of a whole page of applications"))
  }

  @Test func `what the answers say about limits is respected`() throws {
    func pause(_ fields: [(String, String)]) -> TimeInterval {
      ListingPace.pause(after: HTTPHeaders(fields))
    }
    #expect(pause([("x-ms-resource-unit", "2")]) == 0)
    #expect(pause([("RateLimit-Remaining", "500"), ("RateLimit-Reset", "10")]) == 0)
    #expect(pause([("RateLimit-Remaining", "0"), ("RateLimit-Reset", "7")]) == 7)
    #expect(
      pause([("RateLimit-Remaining", "8"), ("RateLimit-Reset", "8"), ("x-ms-resource-unit", "2")])
        == 2)
    #expect(pause([("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1e300")]) == 60)
    #expect(pause([("x-ms-throttle-limit-percentage", "0.79")]) == 0)
    #expect(abs(pause([("x-ms-throttle-limit-percentage", "1.2")]) - 4.5) < 0.01)
    #expect(pause([("RateLimit-Remaining", "-1"), ("RateLimit-Reset", "nan")]) == 0)
  }

  @Test func `what may not be read says which permission it takes`() async throws {
    server.change { $0.faults = [ListingServer.refusal(403, "Authorization_RequestDenied")] }
    let failure = try await #require(throws: DirectoryFailure.self) { try await read() }
    #expect(failure.verdict == .forbidden)
    #expect(failure.remedy.contains("Application.Read.All"))
  }

  @Test func `where one page is wanted, another one is not asked for, nor is it counted`()
    async throws
  {
    let all = fill(4)
    let large = try await read(.onePage)
    #expect(large.end == .unfinished)
    #expect(large.progress.isEmpty)
    #expect(server.takePaths() == ["/v1.0/applications"])
    server.change { $0.pageSize = 4 }
    let small = try await read(.onePage)
    #expect(small.end == .complete(mark: nil))
    #expect(small.applications == all)
    #expect(small.progress == [.read(4)])
  }

  @Test(arguments: [410, 400])
  func `a mark that is too old is told apart`(status: Int) async throws {
    server.change { $0.faults = [ListingServer.refusal(status, "syncStateNotFound")] }
    let mark = "https://graph.microsoft.com/v1.0/applications/delta?$deltatoken=1"
    #expect(try await read(.changes(since: mark)).end == .outdated)
  }

  @Test func `a mark is of the present, and a tenant without one has none`() async throws {
    _ = fill(4)
    let mark = try #require(
      try await client.changeMark(of: .init(.application), try .entra()) { _ in })
    #expect(mark == "https://graph.microsoft.com/v1.0/applications/delta?$deltatoken=4")
    server.put(.sample(9))
    server.remove(ObservedApplication.sample(2).objectID)
    let heard = try await read(.changes(since: mark))
    #expect(heard.applications == [.sample(9)])
    #expect(
      heard.end
        == .complete(
          mark: "https://graph.microsoft.com/v1.0/applications/delta?$deltatoken=6"))
    server.change { $0.faults = [ListingServer.refusal(403, "Authorization_RequestDenied")] }
    #expect(try await client.changeMark(of: .init(.application), try .entra()) { _ in } == nil)
  }
}

extension HTTPExchangeResponse {
  fileprivate init(repeating status: Int) {
    self = ListingServer.refusal(status, "serviceNotAvailable")
  }
}
