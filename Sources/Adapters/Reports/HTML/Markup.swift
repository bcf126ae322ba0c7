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
///
/// To show a value of any type, a template asks it for one protocol after the other, which in a page of
/// thousands of rows takes longer than all the rest; here texts say at once how they are shown.
struct TemplateValues: MustacheParent, ExpressibleByDictionaryLiteral {
  private struct Text: MustacheCustomRenderable, MustacheParent {
    let renderText: String
    let isNull = false

    func child(named name: String) -> Any? { nil }
  }

  private var values: [String: Any]

  init(dictionaryLiteral elements: (String, Any)...) {
    values = Dictionary(elements) { $1 }
  }

  /// A value; what is nil is not there, while an empty text is, and counts as true.
  subscript(name: String) -> Any? {
    get { values[name] }
    set { values[name] = newValue }
  }

  func child(named name: String) -> Any? {
    guard let value = values[name] else { return nil }
    return (value as? String).map(Text.init) ?? value
  }
}
