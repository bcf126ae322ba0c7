import Foundation
import Keyturn

/// A message as the JSON document that webhooks and commands get.
///
/// The article "Notifications" of the documentation describes it; what stands there stays as it is
/// for as long as `version` does. The same message gives the same bytes each time.
struct WebhookDocument: Encodable, Sendable {
  /// The version of the format.
  static let version = 1
  /// The most lines that are written out; `line_count` counts them all.
  static let mostLines = 1_000
  /// The longest text, in characters.
  static let longestText = 2_000

  private let message: Message

  init(_ message: Message) { self.message = message }

  /// The document as UTF-8.
  var data: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts, numbers and nulls can always be encoded.
    return (try? encoder.encode(self)) ?? Data()
  }

  private enum Key: String, CodingKey {
    case version, id, route, at, host, severity, subject, lines, next
    case lineCount = "line_count"
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(Self.version, forKey: .version)
    try fields.encode(message.id, forKey: .id)
    try fields.encode(message.route, forKey: .route)
    try fields.encode(Timestamp.format(message.at), forKey: .at)
    try fields.encode(message.host.bounded, forKey: .host)
    try fields.encode(message.severity.rawValue, forKey: .severity)
    try fields.encode(message.subject, forKey: .subject)
    try fields.encode(message.lines.count, forKey: .lineCount)
    try fields.encode(message.lines.prefix(Self.mostLines).map(Line.init), forKey: .lines)
    try fields.encode(message.next.map(Event.init), forKey: .next)
  }

  private struct Line: Encodable {
    let line: Message.Line

    private enum Key: String, CodingKey {
      case kind, code, severity, connection, tenant, owner, application, text, remedy, due, since
      case keyID = "key_id"
    }

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: Key.self)
      try fields.encode(line.kind.rawValue, forKey: .kind)
      try fields.encode(line.code.rawValue, forKey: .code)
      try fields.encode(line.severity.rawValue, forKey: .severity)
      try fields.encode(line.connection?.bounded, forKey: .connection)
      try fields.encode(line.tenant?.bounded, forKey: .tenant)
      try fields.encode(line.owner?.bounded, forKey: .owner)
      try fields.encode(line.application?.bounded, forKey: .application)
      try fields.encode(line.keyID?.bounded, forKey: .keyID)
      try fields.encode(line.text.bounded, forKey: .text)
      try fields.encode(line.remedy.bounded, forKey: .remedy)
      try fields.encode(line.due.map(Timestamp.format), forKey: .due)
      try fields.encode(Timestamp.format(line.since), forKey: .since)
    }
  }

  private struct Event: Encodable {
    let event: Message.Event

    private enum Key: String, CodingKey { case at, connection, what }

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: Key.self)
      try fields.encode(Timestamp.format(event.at), forKey: .at)
      try fields.encode(event.connection.bounded, forKey: .connection)
      try fields.encode(event.what.bounded, forKey: .what)
    }
  }
}

extension String {
  /// At most so much of a text as a document has room for, as it is.
  fileprivate var bounded: String {
    unicodeScalars.count <= WebhookDocument.longestText
      ? self
      : String(String.UnicodeScalarView(unicodeScalars.prefix(WebhookDocument.longestText))) + "…"
  }
}
