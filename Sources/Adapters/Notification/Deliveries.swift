import Foundation
import Keyturn

/// Carries messages away, each over the channel of its route.
///
/// A message is sent once. What was not taken, or may not have been, is a ``DeliveryFailure``, and
/// whether it is sent again is the ledger's decision; it has the same id then.
public struct Deliveries: Notifier {
  /// Signs in to the Microsoft Graph of a tenant; `isFresh` wants a token that no earlier call has
  /// used (the last one was refused).
  public typealias MailTokens =
    @Sendable (_ tenant: AuthorizationServer, _ isFresh: Bool) async throws(DirectoryFailure) ->
    AccessToken

  private let transport: HTTPTransport
  private let context: Context
  private let environment: [String: String]
  private let mailTokens: MailTokens

  /// Deliveries in a world.
  ///
  /// - Parameters:
  ///   - transport: What requests go through; it gives up after its own time-outs.
  ///   - context: Time and chance.
  ///   - environment: The variables of the process, of which programs get a few.
  ///   - mailTokens: What signs in where mail goes through Microsoft Graph.
  public init(
    transport: HTTPTransport, context: Context, environment: [String: String],
    mailTokens: @escaping MailTokens
  ) {
    self.transport = transport
    self.context = context
    self.environment = environment
    self.mailTokens = mailTokens
  }

  public func deliver(
    _ message: Message, by route: Route
  ) async throws(DeliveryFailure) -> String {
    switch route.channel {
    case .email(let channel):
      let mail = try Mail(message, by: channel)
      switch channel.carrier {
      case .sendmail:
        return try await Sendmail(context: context, environment: environment).send(mail)
      case .graph(let tenant):
        return try await GraphMail(
          transport: transport, context: context, tenant: tenant, tokens: mailTokens
        ).send(mail)
      }
    case .webhook(let channel):
      return try await Webhook(
        transport: transport, context: context, route: route.name, channel: channel
      ).send(message)
    case .alertmanager(let url):
      return try await Alertmanager(transport: transport, context: context, url: url).send(message)
    case .command(let words):
      return try await NotifyingCommand(
        words: words, context: context, environment: environment
      ).send(message)
    }
  }
}
