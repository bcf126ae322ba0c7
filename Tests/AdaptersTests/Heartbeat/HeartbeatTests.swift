import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite(.timeLimit(.minutes(30))) struct HeartbeatTests {
  private static let secret = "5f0e7c1e-recognisable"

  /// A service that answers each call with the next of these.
  private final class Service: Sendable {
    let calls = Mutex<[HTTPExchangeRequest]>([])
    private let answers: Mutex<[Result<HTTPExchangeResponse, TransportFailure.Reason>]>
    let world = TestWorld()

    init(_ answers: [Result<HTTPExchangeResponse, TransportFailure.Reason>] = []) {
      self.answers = Mutex(answers)
    }

    static func answer(_ status: Int, _ body: String = "") -> HTTPExchangeResponse {
      HTTPExchangeResponse(status: status, headers: ["Retry-After": "9"], body: Data(body.utf8))
    }

    func heartbeat(_ address: String = "https://hc.example.com/ping/\(secret)") throws -> Heartbeat
    {
      let transport = HTTPTransport { request throws(TransportFailure) in
        self.calls.withLock { $0.append(request) }
        let next = self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        switch next ?? .success(Self.answer(200, "OK")) {
        case .success(let answer): return answer
        case .failure(let reason):
          throw TransportFailure(TransportFailure.Peer(request.url), reason)
        }
      }
      return Heartbeat(url: try .written(address), transport: transport, context: world.context)
    }

    var urls: [String] { calls.withLock { $0.map { $0.url.absoluteString } } }
  }

  @Test func `start, success and failure have addresses of their own, and one run id`() async throws
  {
    let service = Service()
    let heartbeat = try service.heartbeat()
    #expect(await heartbeat.start() == nil)
    #expect(await heartbeat.finish(status: 0, lastLines: []) == nil)
    #expect(await heartbeat.finish(status: 2, lastLines: ["a", "b\u{1b}[31m"]) == nil)
    let parts = service.urls.map { $0.components(separatedBy: "?rid=") }
    let address = "https://hc.example.com/ping/\(Self.secret)"
    #expect(parts.map(\.first) == [address + "/start", address, address + "/2"])
    #expect(Set(parts.map(\.last)).count == 1)
    #expect(parts[0].last.flatMap { $0 }.flatMap { UUID(uuidString: $0) } != nil)
    let last = try #require(service.calls.withLock { $0.last })
    #expect(last.method == .POST && String(decoding: last.body, as: UTF8.self) == "a\nb\\u{1b}[31m")
    #expect(service.calls.withLock { $0.allSatisfy { $0.patience == 10 } })
    #expect(service.calls.withLock { $0[0].method } == .GET)
  }

  @Test(arguments: [(256, "255"), (-1, "255"), (255, "255"), (1, "1")])
  func `no status of a failure looks like a success`(status: Int, event: String) async throws {
    let service = Service()
    _ = try await service.heartbeat().finish(status: Int32(status), lastLines: [])
    #expect(service.urls.allSatisfy { $0.contains("/\(event)?rid=") })
  }

  @Test func `a query of the address is kept`() async throws {
    let service = Service()
    _ = try await service.heartbeat("https://up.example.com/api/push/x/?status=up&a=b%2Bc").start()
    #expect(
      service.urls.allSatisfy {
        $0.hasPrefix("https://up.example.com/api/push/x/start?status=up&a=b%2Bc&rid=")
      })
  }

  @Test func `of many lines the last ones are sent`() async throws {
    let service = Service()
    let lines = (1...5_000).map { "line \($0)" }
    _ = try await service.heartbeat().finish(status: 3, lastLines: lines)
    let body = try #require(service.calls.withLock { $0.first?.body })
    #expect(body.count <= 10_000 && body.count > 9_900)
    #expect(String(decoding: body, as: UTF8.self).hasSuffix("line 4999\nline 5000"))
  }

  @Test func `a connection that fails is tried once more`() async throws {
    let service = Service([.failure(.timedOut(10)), .success(Service.answer(200))])
    #expect(try await service.heartbeat().start() == nil)
    #expect(service.urls.count == 2 && Set(service.urls).count == 1)
    let dead = Service([.failure(.refused), .failure(.refused), .success(Service.answer(200))])
    let failure = try #require(try await dead.heartbeat().start())
    #expect(dead.urls.count == 2)
    #expect(failure.outcome == .refused)
    #expect(failure.message == "the heartbeat: hc.example.com (port 443) refuses connections")
  }

  @Test func `what can't be better the next time is not tried again`() async throws {
    let service = Service([.failure(.certificateNotTrusted)])
    #expect(try await service.heartbeat().start()?.outcome == .refused)
    #expect(service.urls.count == 1)
  }

  @Test(arguments: [
    (404, "not found", "does not know"), (200, "OK (not found)", "does not know"),
    (200, "OK (rate limited)", "too often"), (429, "", "too often"), (500, "", "answered 500"),
    (403, "<html>\(secret)</html>", "answered 403"),
  ])
  func `what a service says no with`(status: Int, body: String, words: String) async throws {
    let service = Service([.success(Service.answer(status, body))])
    let failure = try #require(try await service.heartbeat().start())
    #expect(failure.message.contains(words))
    #expect(!"\(failure)".contains("recognisable"))
    #expect(service.urls.count == 1)
  }

  @Test func `a service that does not answer costs ten seconds, not thirty`() async throws {
    try await ScriptedServer.run([.stall]) { server, port in
      try await withLiveTransport { transport in
        var request = HTTPExchangeRequest.get(
          try .written("http://127.0.0.1:\(port)/ping"), headers: [:])
        request.patience = 0.3
        let failure = await #expect(throws: TransportFailure.self) {
          try await transport.send(request)
        }
        // The client's own 30 seconds would have another number.
        #expect(failure?.reason == .timedOut(0.3))
      }
    }
  }
}
