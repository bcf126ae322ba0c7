import Foundation
import Keyturn
import NIOHTTP1

/// Mail through Microsoft Graph.
///
/// Source: Microsoft Graph v1.0, "user: sendMail", with the application permission `Mail.Send`.
struct GraphMail: Sendable {
  let transport: HTTPTransport
  let context: Context
  let tenant: AuthorizationServer
  let tokens: Deliveries.MailTokens

  /// Sends a mail from its sender's mailbox.
  ///
  /// Returns: what Graph calls the request. Throws: ``DeliveryFailure``.
  func send(_ mail: Mail) async throws(DeliveryFailure) -> String {
    guard case .entra(_, let cloud) = tenant.kind else {
      throw DeliveryFailure(
        .refused, "the tenant \(tenant.name.shown(upTo: 80)) is not one of Microsoft Entra's",
        remedy: "name a tenant with directory: as tenant: of the route, or send through sendmail")
    }
    let call = GraphCall(
      purpose: "sending mail", path: "users/\(GraphCall.encode(mail.from.description))/sendMail")
    guard let url = call.url(in: cloud) else {
      throw DeliveryFailure(
        .refused, "the address of Microsoft Graph can't be used",
        remedy: "check graph: in the configuration's cloud:")
    }
    var (answer, token) = try await post(mail, to: url, isFresh: false)
    // A call whose token is refused has no effect.
    if answer.status == 401 { (answer, token) = try await post(mail, to: url, isFresh: true) }
    guard answer.status == 202 else { throw failure(answer, mail, withholding: token.value) }
    let id = answer.headers.first(name: "request-id").map { ", request \($0.shown(upTo: 64))" }
    return "taken by Microsoft Graph (202\(id ?? ""))"
  }

  private func post(
    _ mail: Mail, to url: URL, isFresh: Bool
  ) async throws(DeliveryFailure) -> (HTTPExchangeResponse, AccessToken) {
    let token: AccessToken
    do {
      token = try await tokens(tenant, isFresh)
    } catch {
      throw DeliveryFailure(
        .refused, error.message, remedy: error.remedy, retryAfter: error.waiting)
    }
    let headers: HTTPHeaders = [
      "Authorization": "Bearer \(token.value.reveal())", "Accept": "application/json",
      "client-request-id": mail.safeID,
    ]
    do {
      let answer = try await transport.send(
        .post(url, json: GraphMailBody(mail).data, headers: headers))
      return (answer, token)
    } catch {
      throw DeliveryFailure(error)
    }
  }

  // MARK: - Refusals

  private func failure(
    _ answer: HTTPExchangeResponse, _ mail: Mail, withholding token: SecretValue
  ) -> DeliveryFailure {
    let error = GraphErrorBody(GraphValue(answer.body))
    func quote(_ text: String, upTo limit: Int) -> String {
      text.quoted(upTo: limit, withholding: token)
    }
    let code = error?.codes.first.map { " \(quote($0, upTo: 80))" } ?? ""
    let words = error?.message.map { ": \(quote($0, upTo: 200))" } ?? ""
    let request = (answer.headers.first(name: "request-id") ?? error?.requestID)
      .map { "; request \(quote($0, upTo: 64))" }
    return DeliveryFailure(
      ReceiverAnswer.outcome(of: answer.status),
      "Microsoft Graph does not send the mail (\(answer.status)\(code)\(words)\(request ?? ""))",
      remedy: remedy(answer.status, codes: error?.codes ?? [], mail),
      retryAfter: RetryAfter.seconds(in: answer.headers, now: context.now()))
  }

  private func remedy(_ status: Int, codes: [String], _ mail: Mail) -> String {
    switch status {
    case 401: "check this machine's clock, and cloud: of the tenant in the configuration"
    case 403:
      "grant the application that keyturn signs in with the application permission Mail.Send, with an"
        + " administrator's consent; where an application access policy limits it, add \(mail.from)"
    case 404:
      "\(mail.from) has no mailbox in the tenant \(tenant.name.shown(upTo: 80)): use the address of a"
        + " user or a shared mailbox as from: of the route"
    case 400: "check the addresses of the route"
    case 429: "nothing: the mail is sent again with a later run"
    case 500...: "wait; Microsoft's state: https://status.cloud.microsoft"
    default: "with the request id Microsoft's support finds the call"
    }
  }
}

/// The body of `sendMail`.
///
/// JSON, not MIME: only in JSON can the mail be kept out of the sender's Sent Items. Graph makes
/// the text part from the HTML.
private struct GraphMailBody {
  let mail: Mail

  init(_ mail: Mail) { self.mail = mail }

  var data: Data {
    let body = Body(
      message: Body.Message(
        subject: mail.message.subject,
        body: Body.Content(contentType: "HTML", content: MessageHTML(mail.message).html),
        importance: mail.message.severity == .critical ? "high" : "normal",
        toRecipients: mail.to.map {
          Body.Recipient(emailAddress: Body.Address(address: $0.description))
        },
        internetMessageHeaders: [
          Body.Header(name: "X-Keyturn-Message-Id", value: mail.safeID),
          Body.Header(name: "X-Auto-Response-Suppress", value: "All"),
        ]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts can always be encoded.
    return (try? encoder.encode(body)) ?? Data()
  }

  private struct Body: Encodable {
    struct Message: Encodable {
      var subject: String
      var body: Content
      var importance: String
      var toRecipients: [Recipient]
      var internetMessageHeaders: [Header]
    }
    struct Content: Encodable {
      var contentType: String
      var content: String
    }
    struct Recipient: Encodable { var emailAddress: Address }
    struct Address: Encodable { var address: String }
    struct Header: Encodable {
      var name: String
      var value: String
    }
    var message: Message
    var saveToSentItems = false
  }
}

extension DirectoryFailure {
  /// Seconds that the service asked to wait.
  fileprivate var waiting: TimeInterval? {
    switch verdict {
    case .later(let seconds), .maybeDone(let seconds): seconds
    default: nil
    }
  }
}
