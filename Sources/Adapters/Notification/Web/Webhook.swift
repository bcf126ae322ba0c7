import Foundation
import Keyturn
import NIOHTTP1

/// A web address that takes messages: any program's, Slack's, or a workflow of Microsoft Teams.
///
/// Whoever knows the address can write to the receiver, so that no message names more of it than
/// the host.
struct Webhook: Sendable {
  let transport: HTTPTransport
  let context: Context
  /// The route's name.
  let route: String
  let channel: WebhookChannel

  /// Sends a message once.
  ///
  /// Returns: the beginning of the answer. Throws: ``DeliveryFailure``.
  func send(_ message: Message) async throws(DeliveryFailure) -> String {
    let url = try channel.address.read(for: "the route \(route.shown(upTo: 80))")
    let signature = try signature()
    let body = body(of: message)
    let request = HTTPExchangeRequest.post(
      url, json: body, headers: headers(for: message, body, signature))
    let response: HTTPExchangeResponse
    do {
      response = try await transport.send(request)
    } catch {
      throw DeliveryFailure(error)
    }
    let answer = ReceiverAnswer(
      response: response, host: (url.host() ?? "the receiver").shown(upTo: 100),
      withheld: withheld(url) + [signature?.secret].compactMap { $0 }, now: context.now())
    let receipt = try answer.receipt()
    if channel.format == .teams { try refuseRelayed(response) }
    return receipt
  }

  private func body(of message: Message) -> Data {
    switch channel.format {
    case .json: WebhookDocument(message).data
    case .slack: SlackMessage(message).data
    case .teams: TeamsCard(message).data
    }
  }

  private func headers(
    for message: Message, _ body: Data, _ signature: WebhookSignature?
  ) -> HTTPHeaders {
    let id = message.id.shown(upTo: 64)
    let timestamp = Int(context.now().timeIntervalSince1970)
    var headers: HTTPHeaders = [
      "webhook-id": id, "webhook-timestamp": String(timestamp), "Idempotency-Key": id,
    ]
    if let signature {
      headers.add(
        name: "webhook-signature", value: signature.value(id: id, timestamp: timestamp, body: body))
    }
    return headers
  }

  // MARK: - What stands in files

  private func signature() throws(DeliveryFailure) -> WebhookSignature? {
    guard channel.format == .json, let path = channel.secretFile else { return nil }
    let text: String
    do {
      text = try SecretFile(
        title: "the signing secret of the route \(route.shown(upTo: 80))", path: path,
        restoring: "write the secret that the receiver knows into it, and chmod 600 it"
      ).read()
    } catch {
      throw DeliveryFailure(error)
    }
    guard let signature = WebhookSignature(text) else {
      throw DeliveryFailure(
        .refused, "the file \(path.shown()) holds no signing secret of at least 16 bytes",
        remedy: "make one with: (printf whsec_; openssl rand -base64 32) > \(path.shown())")
    }
    return signature
  }

  /// The address and its telling parts, which a receiver may repeat.
  private func withheld(_ url: URL) -> [SecretValue] {
    let parts = [url.absoluteString, url.path(), url.query() ?? ""]
    let pieces = url.path().split(separator: "/").map(String.init)
    return (parts + pieces).filter { $0.utf8.count >= 8 }.map { SecretValue($0) }
  }

  /// Connectors of Microsoft 365 answer 200 where Teams has refused the card.
  ///
  /// Source: Microsoft Teams, "Rate limiting for connectors".
  private func refuseRelayed(_ response: HTTPExchangeResponse) throws(DeliveryFailure) {
    let text = String(decoding: response.body.prefix(2_000), as: UTF8.self)
    guard text.contains("failed with error") else { return }
    throw DeliveryFailure(
      .refused, "Microsoft Teams did not take the card: \(text.quoted(upTo: 160, withholding: []))",
      remedy: "wait where it says 429; otherwise make the address again as a workflow of Teams")
  }
}
