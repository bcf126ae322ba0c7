import Foundation
import Keyturn
import NIOHTTP1
import Testing

@testable import Adapters

/// The live transport against real sockets.
@Suite(.timeLimit(.minutes(10))) struct NetworkTests {
  typealias Reason = TransportFailure.Reason

  @Test(
    arguments: [
      (
        [.send("HTTP/1.1 302 Found\r\nLocation: https://login.example.com/a?b\r\n\r\n"), .close],
        Reason.redirect(to: "login.example.com")
      ),
      (
        [.send("HTTP/1.1 308 Permanent Redirect\r\nLocation: /here\r\nContent-Length: 0\r\n\r\n")],
        .redirect(to: nil)
      ),
      ([.close], .closed),
      ([.send("HTTP/1.1 200 OK\r\n"), .close], .closed),
      ([.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"), .close], .closed),
      (
        [.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n"), .close],
        .closed
      ),
      ([.send("SSH-2.0-OpenSSH_9.2\r\n"), .stall], .notHTTP),
    ] as [([ScriptedServer.Step], Reason)])
  func `an answer that can't be used is explained`(
    script: [ScriptedServer.Step], reason: Reason
  ) async throws {
    try await ScriptedServer.run(script) { server, port in
      #expect(await failure(port) == reason)
      #expect(server.seen.requests.count == 1)
    }
  }

  @Test(arguments: [
    "Content-Length: 100000000\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n5F5E100\r\n",
  ])
  func `100 MB cost no more than the limit`(head: String) async throws {
    let script: [ScriptedServer.Step] = [
      .send("HTTP/1.1 200 OK\r\n" + head), .flood(100_000_000), .close,
    ]
    try await ScriptedServer.run(script) { server, port in
      #expect(await failure(port) == .bodyTooLarge(limit: 1_048_576))
      // What the sockets' buffers hold is on its way all the same.
      #expect(server.seen.floodedBytes < 20_000_000)
    }
  }

  @Test(
    arguments: [
      [.stall],
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .stall],
      [.send("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"), .trickle(every: 0.1)],
      [.send("HTTP/1.1 200 OK\r\nX-A: b"), .trickle(every: 0.1)],
    ] as [[ScriptedServer.Step]])
  func `a server that dawdles is given up`(script: [ScriptedServer.Step]) async throws {
    var settings = HTTPSettings()
    settings.requestTimeout = 0.5
    try await ScriptedServer.run(script) { _, port in
      #expect(await failure(port, settings) == .timedOut(0.5))
    }
  }

  @Test func `a connection that does not come about is told from an answer that does not`()
    async throws
  {
    var settings = HTTPSettings()
    settings.connectTimeout = 0.3
    // It takes the connection, and then says nothing to the greeting.
    try await ScriptedServer.run([.stall]) { [settings] _, port in
      let failure = await transportFailure("https://127.0.0.1:\(port)/token", settings)
      #expect(failure?.reason == .notConnected(0.3))
      #expect(failure?.mayHaveBeenSent == false)
    }
    // With a full queue of connections the system answers to no further one.
    let unused = try UnusedPort()
    let neighbours = try unused.listenWithFullQueue()
    #expect(await failure(unused.number, settings) == .notConnected(0.3))
    for neighbour in neighbours { close(neighbour) }
  }

  @Test func `a good answer comes whole, and each call has a connection of its own`() async throws {
    let script: [ScriptedServer.Step] = [
      .send("HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello")
    ]
    try await ScriptedServer.run(script) { server, port in
      try await withTransport { transport in
        for _ in 1...3 {
          let answer = try await transport.send(request(port))
          #expect(answer.status == 201)
          #expect(answer.headers.first(name: "x-a") == "b")
          #expect(answer.body == Data("hello".utf8))
        }
      }
      #expect(server.seen.connections == 3)
      let sent = try #require(server.seen.requests.first)
      #expect(sent.hasPrefix("POST /token?x=1 HTTP/1.1\r\n"))
      #expect(sent.contains("Connection: close\r\n"))
      #expect(sent.hasSuffix("\r\n\r\na=b+c"))
    }
  }

  @Test func `a port without a service is refused at once`() async throws {
    let unused = try UnusedPort()
    #expect(await failure(unused.number) == .refused)
    #expect(await failure("http://localhost:\(unused.number)/") == .refused)
    withExtendedLifetime(unused) {}
  }

  @Test func `a name without an address is named`() async throws {
    let failure = await transportFailure("https://nothing.invalid/token")
    #expect(failure?.reason == .unknownName)
    #expect(failure?.callFailure.message.contains("nothing.invalid") == true)
  }

  @Test(arguments: [
    ("http://login.microsoftonline.com/token", Reason.notEncrypted),
    ("http://127.example.com/token", .notEncrypted),
    ("http://localhost.example.com/token", .notEncrypted),
    ("ftp://localhost/token", .notEncrypted),
    ("token", .invalidAddress),
    ("https:///token", .invalidAddress),
  ])
  func `nothing is sent without encryption to another machine`(
    address: String, reason: Reason
  ) async throws {
    #expect(await failure(address) == reason)
  }

  @Test func `after the shutdown nothing is sent`() async throws {
    let transport = try HTTPTransport.live(HTTPSettings())
    await transport.shutdown()
    await transport.shutdown()
    let failure = await #expect(throws: TransportFailure.self) {
      try await transport.send(request(1))
    }
    #expect(failure?.reason == .interrupted)
  }

  @Test func `a cancelled call is no failure of the service`() async throws {
    try await ScriptedServer.run([.stall]) { server, port in
      let call = Task { await self.failure(port) }
      while server.seen.requests.isEmpty { await Task.yield() }
      call.cancel()
      #expect(await call.value == .interrupted)
    }
  }
}

/// What several suites do with a live transport.
func withTransport<T>(
  _ settings: HTTPSettings = HTTPSettings(), _ body: (HTTPTransport) async throws -> T
) async throws -> T {
  let transport = try HTTPTransport.live(settings)
  do {
    let result = try await body(transport)
    await transport.shutdown()
    return result
  } catch {
    await transport.shutdown()
    throw error
  }
}

/// The failure of a call to an address.
func transportFailure(
  _ address: String, _ settings: HTTPSettings = HTTPSettings()
) async -> TransportFailure? {
  do {
    let url = try URL.written(address)
    try await withTransport(settings) { transport in
      _ = try await transport.send(
        .post(url, form: FormBody([("a", "b c")]), headers: ["Authorization": "Bearer hush"]))
    }
  } catch let failure as TransportFailure {
    let texts = [failure.callFailure.message, failure.callFailure.remedy, "\(failure)"]
    for text in texts { #expect(!text.contains("hush") && !text.contains("b+c")) }
    return failure
  } catch {
    Issue.record(error)
  }
  return nil
}

extension NetworkTests {
  private func failure(
    _ address: String, _ settings: HTTPSettings = HTTPSettings()
  ) async -> Reason? {
    await transportFailure(address, settings)?.reason
  }

  private func failure(_ port: Int, _ settings: HTTPSettings = HTTPSettings()) async -> Reason? {
    await failure("http://127.0.0.1:\(port)/token?x=1", settings)
  }

  private func request(_ port: Int) throws -> HTTPExchangeRequest {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)/token?x=1"))
    return .post(url, form: FormBody([("a", "b c")]), headers: [:])
  }
}
