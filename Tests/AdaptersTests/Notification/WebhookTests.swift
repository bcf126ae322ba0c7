import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite(.timeLimit(.minutes(30))) struct WebhookTests {
  /// What nobody may see of an address.
  private static let path = "/services/T0SECRET/B0SECRET/recognisable"

  /// Sends the sample to a scripted server, through the real client.
  private func send(
    _ script: [ScriptedServer.Step], format: WebhookChannel.Format = .json,
    secretFile: String? = nil, settings: HTTPSettings = HTTPSettings(),
    _ judge: (ScriptedServer.Log) throws -> Void = { _ in }
  ) async throws -> String {
    try await ScriptedServer.run(script) { server, port in
      let url = try URL.written("http://127.0.0.1:\(port)\(Self.path)?key=recognisable")
      let channel = WebhookChannel(address: .url(url), format: format, secretFile: secretFile)
      let receipt = try await withLiveTransport(settings) { transport in
        try await Webhook(
          transport: transport, context: TestWorld().context, route: "chat", channel: channel
        ).send(.sample())
      }
      try judge(server.seen)
      return receipt
    }
  }

  private static func answer(_ status: String, _ fields: String = "", body: String = "")
    -> [ScriptedServer.Step]
  {
    [
      .send(
        "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"), .close,
    ]
  }

  @Test func `a signed document over the wire`() async throws {
    try await withNotificationFolder { folder in
      let secret = try folder.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
      let receipt = try await send(
        Self.answer("200 OK", body: "thank you"), secretFile: secret
      ) { log in
        let request = try #require(log.requests.first)
        let parts = request.components(separatedBy: "\r\n\r\n")
        let head = parts[0].lowercased()
        #expect(head.hasPrefix("post /services/t0secret"))
        #expect(head.contains("webhook-id: 0193a0d2-7c00-7abc-8def-0123456789ab"))
        #expect(head.contains("idempotency-key: 0193a0d2-7c00-7abc-8def-0123456789ab"))
        #expect(head.contains("webhook-timestamp: 1795313400"))
        #expect(head.contains("content-type: application/json"))
        let body = Data(parts[1].utf8)
        let signature = try #require(WebhookSignature(try folder.text("secret")))
        let value = signature.value(
          id: "0193a0d2-7c00-7abc-8def-0123456789ab", timestamp: 1_795_313_400, body: body)
        #expect(parts[0].contains("webhook-signature: \(value)"))
        #expect(body == WebhookDocument(.sample()).data)
      }
      #expect(receipt == "127.0.0.1 answered 200 (thank you)")
    }
  }

  @Test(
    arguments: [
      ("400 Bad Request", DeliveryFailure.Outcome.refused, "format:"),
      ("401 Unauthorized", .refused, "signed"), ("404 Not Found", .refused, "does not know it"),
      ("410 Gone", .refused, "the receiver is gone"), ("413 Too Large", .refused, "smaller"),
      ("429 Too Many", .refused, "later run"), ("500 Oops", .refused, "own log"),
      ("502 Bad Gateway", .uncertain, "own log"), ("503 Unavailable", .refused, "own log"),
      ("504 Gateway Timeout", .uncertain, "own log"), ("304 Not Modified", .refused, "address"),
    ])
  func `what a receiver's statuses mean`(
    status: String, outcome: DeliveryFailure.Outcome, remedy: String
  ) async throws {
    let failure = try await deliveryFailure {
      try await send(Self.answer(status, "Retry-After: 120\r\n", body: "no \u{1b}[31m\(Self.path)"))
    }
    #expect(failure.outcome == outcome)
    #expect(failure.remedy.contains(remedy))
    #expect(failure.retryAfter == 120)
    #expect(failure.message.hasPrefix("127.0.0.1 answered \(status.prefix(3))"))
    #expect(!"\(failure)".contains("recognisable") && !"\(failure)".contains("SECRET"))
    #expect(!"\(failure)".contains("\u{1b}"))
  }

  @Test(
    arguments: [
      ([.close], DeliveryFailure.Outcome.uncertain),
      ([.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .close], .uncertain),
      ([.send("SSH-2.0-OpenSSH_9.2\r\n"), .stall], .uncertain),
      (
        [.send("HTTP/1.1 302 Found\r\nLocation: https://evil.example/x\r\n\r\n"), .close], .refused
      ),
      ([.send("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1/\r\n\r\n"), .close], .refused),
      ([.send("HTTP/1.1 200 OK\r\n\r\n"), .flood(5_000_000), .close], .uncertain),
    ] as [([ScriptedServer.Step], DeliveryFailure.Outcome)])
  func `an answer that is none`(
    script: [ScriptedServer.Step], outcome: DeliveryFailure.Outcome
  ) async throws {
    let failure = try await deliveryFailure { try await send(script) }
    #expect(failure.outcome == outcome)
    #expect(!"\(failure)".contains("recognisable") && !"\(failure)".contains("SECRET"))
  }

  @Test func `an answer that never comes`() async throws {
    var settings = HTTPSettings()
    settings.requestTimeout = 0.5
    let failure = try await deliveryFailure { [settings] in
      try await send([.stall], settings: settings)
    }
    #expect(failure.outcome == .uncertain)
    #expect(failure.message == "127.0.0.1 did not answer within 0.5 seconds")
  }

  @Test func `where nothing listens, nothing was taken`() async throws {
    let port = try UnusedPort()
    let url = try URL.written("http://127.0.0.1:\(port.number)\(Self.path)")
    let failure = try await deliveryFailure {
      try await withLiveTransport { transport in
        try await Webhook(
          transport: transport, context: TestWorld().context, route: "chat",
          channel: WebhookChannel(address: .url(url), format: .json)
        ).send(.sample())
      }
    }
    #expect(failure.outcome == .refused)
    #expect(!"\(failure)".contains("SECRET"))
  }

  @Test func `an answer after a minute is none, and the receiver may have the message`()
    async throws
  {
    let world = TestWorld()
    let sent = Mutex<[String]>([])
    let transport = HTTPTransport { request throws(TransportFailure) in
      sent.withLock { $0.append(request.headers.first(name: "webhook-id") ?? "") }
      // The answer would come after 60 seconds, and the client has gone after 30.
      try? await world.context.sleep(30)
      throw TransportFailure(TransportFailure.Peer(request.url), .timedOut(30))
    }
    let url = try URL.written("https://hooks.example.com\(Self.path)")
    let route = Route(
      name: "chat", channel: .webhook(WebhookChannel(address: .url(url), format: .json)))
    let deliveries = Deliveries(transport: transport, context: world.context, environment: [:]) {
      _, _ in AccessToken(SecretValue("none"))
    }
    for _ in 0..<2 {
      let failure = try await deliveryFailure { try await deliveries.deliver(.sample(), by: route) }
      #expect(failure.outcome == .uncertain)
      #expect(failure.message.contains("hooks.example.com did not answer within 30 seconds"))
    }
    #expect(sent.withLock { Set($0) } == ["0193a0d2-7c00-7abc-8def-0123456789ab"])
    #expect(sent.withLock { $0.count } == 2)
    #expect(world.now == TestWorld.night.addingTimeInterval(60))
  }

  @Test func `plain http leaves this machine never`() async throws {
    let url = try URL.written("http://hooks.example.com\(Self.path)")
    let failure = try await deliveryFailure {
      try await withLiveTransport { transport in
        try await Webhook(
          transport: transport, context: TestWorld().context, route: "chat",
          channel: WebhookChannel(address: .url(url), format: .slack)
        ).send(.sample())
      }
    }
    #expect(failure.outcome == .refused)
    #expect(!"\(failure)".contains("SECRET"))
  }

  @Test func `Teams says 200 and means something else`() async throws {
    let words =
      "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429"
    let failure = try await deliveryFailure {
      try await send(Self.answer("200 OK", body: words), format: .teams)
    }
    #expect(failure.outcome == .refused)
    #expect(try await send(Self.answer("202 Accepted"), format: .teams) == "127.0.0.1 answered 202")
  }

  // MARK: - Files

  @Test(arguments: [
    ("http://127.0.0.1:1/a\n", 0o644, "may be read by others"),
    ("hooks.example.com", 0o600, "no web"),
    ("file:///etc/passwd", 0o600, "no web"), ("", 0o600, "is empty"), ("https://", 0o600, "no web"),
    ("two\nlines https://a.example/SECRET", 0o600, "no web"),
  ])
  func `an address in a file is held to the rules`(
    text: String, mode: Int, words: String
  ) async throws {
    try await withNotificationFolder { folder in
      let path = try folder.file("address", text, mode: mode)
      let failure = try await deliveryFailure {
        try await Webhook(
          transport: HTTPTransport { _ in
            HTTPExchangeResponse(status: 200, headers: [:], body: Data())
          },
          context: TestWorld().context, route: "chat",
          channel: WebhookChannel(address: .file(path), format: .slack)
        ).send(.sample())
      }
      #expect(failure.outcome == .refused)
      #expect(failure.message.contains(words))
      #expect(!"\(failure)".contains("SECRET"))
    }
  }

  @Test func `an address in a file is used`() async throws {
    try await withNotificationFolder { folder in
      let path = try folder.file("address", " https://hooks.example.com/a/b\n")
      let receipt = try await Webhook(
        transport: HTTPTransport { request in
          HTTPExchangeResponse(
            status: 200, headers: [:], body: Data(request.url.absoluteString.utf8))
        },
        context: TestWorld().context, route: "chat",
        channel: WebhookChannel(address: .file(path), format: .slack)
      ).send(.sample())
      #expect(receipt == "hooks.example.com answered 200 (•••)")
    }
  }

  // MARK: - The signature

  @Test func `the signature of the specification's example`() throws {
    let signature = try #require(WebhookSignature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    #expect(
      signature.value(
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
        body: Data(#"{"test": 2432232314}"#.utf8))
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `a secret without the prefix is its own bytes`() throws {
    let plain = try #require(WebhookSignature("0123456789abcdef\n"))
    let encoded = try #require(WebhookSignature("whsec_MDEyMzQ1Njc4OWFiY2RlZg=="))
    let values = [plain, encoded].map { $0.value(id: "a", timestamp: 1, body: Data()) }
    #expect(values[0] == values[1])
  }

  @Test(arguments: ["", "short", "whsec_", "whsec_%%%%", "whsec_c2hvcnQ="])
  func `a secret that is too short signs nothing`(text: String) async throws {
    #expect(WebhookSignature(text) == nil)
    try await withNotificationFolder { folder in
      let path = try folder.file("secret", text + "\n")
      let failure = try await deliveryFailure {
        try await send(Self.answer("200 OK"), secretFile: path) { log in
          #expect(log.requests.isEmpty)
        }
      }
      #expect(failure.outcome == .refused)
    }
  }
}
