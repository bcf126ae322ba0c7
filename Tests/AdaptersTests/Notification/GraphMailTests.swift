import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct GraphMailTests {
  /// Mail through a simulated tenant, signed in as the connection's application.
  private final class Scene: Sendable {
    let graph: GraphScene
    let deliveries: Deliveries

    init(roles: Set<String> = ["Mail.Send"], spoilsFirstToken: Bool = false) throws {
      let graph = try GraphScene { $0.appRoles = roles }
      self.graph = graph
      let tokens = ConnectionTokens(
        transport: graph.tenant.transport, context: graph.world.context)
      let caller = graph.caller
      deliveries = Deliveries(
        transport: graph.tenant.transport, context: graph.world.context, environment: [:]
      ) { _, isFresh throws(DirectoryFailure) in
        if spoilsFirstToken, !isFresh { return AccessToken(SecretValue("eyJ.spoilt.token")) }
        return try await tokens.token(for: caller, isFresh: isFresh)
      }
    }

    func send(
      _ message: Message = .sample(recipients: ["ops@example.com", "crm@example.com"]),
      from: String = "keyturn@contoso.onmicrosoft.com"
    ) async throws -> String {
      let channel = EmailChannel(
        to: [.owner], from: from, carrier: .graph(graph.connection.server))
      return try await deliveries.deliver(message, by: Route(name: "m", channel: .email(channel)))
    }

    var mails: [SentMail] { graph.tenant.withTenant { $0.mails } }
  }

  @Test func `a mail is taken`() async throws {
    let scene = try Scene()
    #expect(try await scene.send().hasPrefix("taken by Microsoft Graph (202, request "))
    let mail = try #require(scene.mails.first)
    #expect(scene.mails.count == 1)
    #expect(mail.from == "keyturn@contoso.onmicrosoft.com")
    #expect(mail.to == ["ops@example.com", "crm@example.com"])
    #expect(mail.subject == Message.sample().subject)
    #expect(mail.contentType == "HTML" && mail.content == MessageHTML(.sample()).html)
    #expect(mail.headers["X-Keyturn-Message-Id"] == Message.sample().id)
    #expect(!mail.isSavedToSentItems)
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `hostile texts arrive as text`(number: Int) async throws {
    let text = Message.hostileTexts[number]
    let scene = try Scene()
    var message = Message.hostile(text)
    message.recipients = ["ops@example.com"]
    _ = try await scene.send(message)
    #expect(scene.mails.map(\.content) == [MessageHTML(message).html])
    #expect(scene.mails.allSatisfy { $0.subject.allSatisfy { !$0.isNewline } })
  }

  @Test func `without the permission it says which`() async throws {
    let scene = try Scene(roles: ["Application.ReadWrite.OwnedBy"])
    let failure = try await deliveryFailure { try await scene.send() }
    #expect(failure.outcome == .refused)
    #expect(failure.message.contains("(403 ErrorAccessDenied: Access is denied"))
    #expect(failure.remedy.contains("Mail.Send"))
    #expect(scene.mails.isEmpty)
  }

  @Test func `a sender without a mailbox`() async throws {
    let scene = try Scene()
    let failure = try await deliveryFailure { try await scene.send(from: "keyturn@example.com") }
    #expect(failure.message.contains("404 ErrorInvalidUser"))
    #expect(failure.remedy.hasPrefix("keyturn@example.com has no mailbox in the tenant contoso"))
  }

  @Test func `an address with signs of a path stays an address`() async throws {
    let scene = try Scene()
    let failure = try await deliveryFailure {
      try await scene.send(from: "a/b?x=#1%2f@example.com")
    }
    #expect(failure.message.contains("404 ErrorInvalidUser"))
    let paths = scene.graph.tenant.requests.map(\.path).filter { $0.contains("sendMail") }
    #expect(paths == ["/v1.0/users/a%2Fb%3Fx%3D%231%252f%40example.com/sendMail"])
  }

  @Test func `a token that is refused is replaced once`() async throws {
    let scene = try Scene(spoilsFirstToken: true)
    _ = try await scene.send()
    #expect(scene.mails.count == 1)
    #expect(scene.graph.count(of: "sendMail") == 2)
  }

  @Test func `a sign-in that fails sends nothing`() async throws {
    let scene = try Scene()
    // The application's secret ended ten days before.
    scene.graph.world.pass(40 * 86_400)
    let failure = try await deliveryFailure { try await scene.send() }
    #expect(failure.outcome == .refused)
    #expect(scene.graph.count(of: "sendMail") == 0)
  }

  @Test(arguments: [
    (429, DeliveryFailure.Outcome.refused), (503, .refused), (504, .uncertain),
  ])
  func `a throttled tenant says when`(
    status: Int, outcome: DeliveryFailure.Outcome
  ) async throws {
    let scene = try Scene()
    scene.graph.set(\.graphThrottle, .init(count: 1, retryAfter: 17, status: status))
    let failure = try await deliveryFailure { try await scene.send() }
    #expect(failure.outcome == outcome)
    #expect(failure.retryAfter == 17)
    #expect(scene.mails.isEmpty)
  }

  @Test func `no answer is no certainty, and the token is in no message`() async throws {
    let server = try Connection.entra().server
    for reason in [TransportFailure.Reason.timedOut(30), .closed, .refused, .unknownName] {
      let transport = HTTPTransport { request throws(TransportFailure) in
        throw TransportFailure(TransportFailure.Peer(request.url), reason)
      }
      let deliveries = Deliveries(
        transport: transport, context: TestWorld().context, environment: [:]
      ) { _, _ in AccessToken(SecretValue("eyJ.recognisable.token")) }
      let channel = EmailChannel(
        to: [.address("ops@example.com")], from: "keyturn@example.com", carrier: .graph(server))
      let failure = try await deliveryFailure {
        try await deliveries.deliver(.sample(), by: Route(name: "m", channel: .email(channel)))
      }
      let isCertain = reason == .refused || reason == .unknownName
      #expect(failure.outcome == (isCertain ? .refused : .uncertain))
      #expect(!"\(failure)".contains("recognisable"))
    }
  }

  @Test func `another kind of server sends no mail`() async throws {
    let channel = EmailChannel(
      to: [.address("ops@example.com")], from: "keyturn@example.com",
      carrier: .graph(try Connection.standard().server))
    let scene = try Scene()
    let failure = try await deliveryFailure {
      try await scene.deliveries.deliver(
        .sample(), by: Route(name: "m", channel: .email(channel)))
    }
    #expect(failure.message.contains("is not one of Microsoft Entra's"))
  }
}
