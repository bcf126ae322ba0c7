import Foundation
import Keyturn

/// A message as a mail, with a text and an HTML part.
struct Mail: Sendable {
  let message: Message
  let from: EmailAddress
  let to: [EmailAddress]

  /// The mail to whom the message names, or else to the addresses of the channel.
  ///
  /// Throws: ``DeliveryFailure`` (refused) where an address is none, or nobody is left.
  init(_ message: Message, by channel: EmailChannel) throws(DeliveryFailure) {
    let configured = channel.to.compactMap { recipient -> String? in
      if case .address(let address) = recipient { address } else { nil }
    }
    self.message = message
    from = try Self.address(channel.from)
    var to: [EmailAddress] = []
    for text in message.recipients.isEmpty ? configured : message.recipients {
      let address = try Self.address(text)
      if !to.contains(address) { to.append(address) }
    }
    guard !to.isEmpty else {
      throw DeliveryFailure(
        .refused, "nobody is left to write to", remedy: "name an address as to: of the route")
    }
    self.to = to
  }

  private static func address(_ text: String) throws(DeliveryFailure) -> EmailAddress {
    guard let address = EmailAddress(text) else {
      throw DeliveryFailure(
        .refused, "\(text.shown(upTo: 100)) is not an e-mail address that keyturn writes to",
        remedy: "write name@domain, without a display name, quotes or brackets")
    }
    return address
  }

  /// The whole mail (RFC 5322, RFC 2046 section 5.1.4), whose lines end in `newline`.
  ///
  /// It is the same each time the message is sent, its Message-ID included.
  func text(newline: String) -> String {
    let boundary = "=_keyturn_\(safeID)"
    let parts = [
      ("text/plain", MessageText(message).text), ("text/html", MessageHTML(message).html),
    ]
    let body = parts.flatMap { type, text in
      [
        "--\(boundary)", "Content-Type: \(type); charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable", "",
        QuotedPrintable.encode(text, newline: newline),
      ]
    }
    let lines = header(boundary, newline) + [""] + body + ["--\(boundary)--", ""]
    return lines.joined(separator: newline)
  }

  private func header(_ boundary: String, _ newline: String) -> [String] {
    var lines = [
      "From: keyturn <\(from)>", MailHeader.addresses("To", to, newline: newline),
      MailHeader.text("Subject", message.subject, newline: newline),
      "Date: \(MailHeader.date(message.at))", "Message-ID: <\(safeID)@\(from.domain)>",
    ]
    // RFC 3834 section 5: no out-of-office note comes back.
    lines += ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"]
    lines += [
      "X-Keyturn-Message-Id: \(safeID)", "X-Keyturn-Severity: \(message.severity.rawValue)",
    ]
    if message.severity == .critical { lines.append("Importance: high") }
    return lines + [
      "MIME-Version: 1.0",
      "Content-Type: multipart/alternative;\(newline) boundary=\"\(boundary)\"",
    ]
  }

  /// The message's id; what has no place in a header is left out.
  var safeID: String {
    String(message.id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(50))
  }
}
