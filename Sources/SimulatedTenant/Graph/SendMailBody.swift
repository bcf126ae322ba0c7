import Foundation

/// The JSON body of `sendMail`.
struct SendMailBody: Sendable {
  let to: [String]
  let subject: String
  let contentType: String
  let content: String
  let headers: [String: String]
  let isSavedToSentItems: Bool

  private struct Wire: Decodable {
    struct Message: Decodable {
      var subject: String?
      var body: Content?
      var toRecipients: [Recipient]?
      var internetMessageHeaders: [Header]?
    }
    struct Content: Decodable {
      var contentType: String?
      var content: String?
    }
    struct Recipient: Decodable {
      struct Address: Decodable {
        var address: String?
      }
      var emailAddress: Address?
    }
    struct Header: Decodable {
      var name: String
      var value: String
    }
    var message: Message?
    var saveToSentItems: Bool?
  }

  /// Reads a body as Exchange judges it.
  init(_ body: Data) throws(GraphFailure) {
    let wire: Wire
    do {
      wire = try JSONDecoder().decode(Wire.self, from: body)
    } catch {
      throw .unreadableBody
    }
    guard let message = wire.message else {
      throw GraphFailure(400, "ErrorInvalidParameter", "The Message parameter is required.")
    }
    to = (message.toRecipients ?? []).compactMap { $0.emailAddress?.address }
    guard !to.isEmpty, to.allSatisfy({ $0.contains("@") && !$0.contains(" ") }) else {
      throw GraphFailure(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    }
    let fields = message.internetMessageHeaders ?? []
    guard fields.allSatisfy({ $0.name.lowercased().hasPrefix("x-") }) else {
      throw GraphFailure(
        400, "InvalidInternetMessageHeader",
        "The internet message header name should start with 'x-' or 'X-'.")
    }
    headers = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
    subject = message.subject ?? ""
    contentType = message.body?.contentType ?? "Text"
    content = message.body?.content ?? ""
    isSavedToSentItems = wire.saveToSentItems ?? true
  }
}
