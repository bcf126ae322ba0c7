import Mustache

/// Templates whose variables are escaped for HTML text and for attributes in double quotes.
///
/// swift-mustache escapes by `Character`: a quote with a combining mark behind it is another
/// character to Swift, is left as it is, and ends the attribute all the same. So its place is taken
/// by an escaping that looks at bytes.
struct Markup: MustacheContentType {
  private static let name = "MARKUP"

  private static let isRegistered: Void = MustacheContentTypes.register(Markup(), named: name)

  /// A template of which every part is escaped in this way.
  static func template(_ text: String) throws -> MustacheTemplate {
    isRegistered
    return try MustacheTemplate(string: "{{% CONTENT_TYPE: \(name)}}\(text)")
  }

  func escapeText(_ text: String) -> String {
    guard text.utf8.contains(where: { Self.replacement(of: $0) != nil }) else { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 32)
    for byte in text.utf8 {
      if let replacement = Self.replacement(of: byte) {
        bytes.append(contentsOf: replacement.utf8)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func replacement(of byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    case UInt8(ascii: "`"): "&#96;"
    default: nil
    }
  }
}

/// What a template is filled with.
typealias TemplateValues = [String: Any]
