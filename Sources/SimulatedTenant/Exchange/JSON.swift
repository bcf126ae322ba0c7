import Foundation

/// A JSON value that keeps the order of its keys, so that a seed replays to the byte.
indirect enum JSON: Sendable {
  case null
  case bool(Bool)
  case number(Int)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  /// A string, or null for `nil`.
  static func optional(_ text: String?) -> JSON {
    text.map(JSON.string) ?? .null
  }

  /// The value as UTF-8.
  var data: Data { Data(text.utf8) }

  /// The value as compact text.
  var text: String {
    var output = ""
    write(to: &output)
    return output
  }

  /// The object with only the named properties, in the object's own order.
  func selecting(_ names: [String]) -> JSON {
    guard case .object(let members) = self else { return self }
    // The kind of an object is told whatever is selected.
    return .object(members.filter { names.contains($0.key) || $0.key == "@odata.type" })
  }

  /// The members of an object; none for any other value.
  var members: [(key: String, value: JSON)] {
    guard case .object(let members) = self else { return [] }
    return members
  }

  /// The object with another value for a member that it has.
  func setting(_ name: String, to value: JSON) -> JSON {
    .object(members.map { $0.key == name ? (key: name, value: value) : $0 })
  }

  /// The object with members put before its own.
  func prefixed(by members: [(key: String, value: JSON)]) -> JSON {
    guard case .object(let own) = self else { return self }
    return .object(members + own)
  }

  private func write(to output: inout String) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .number(let value): output += String(value)
    case .string(let value): Self.write(value, to: &output)
    case .array(let values):
      output += "["
      for (position, value) in values.enumerated() {
        if position > 0 { output += "," }
        value.write(to: &output)
      }
      output += "]"
    case .object(let members):
      output += "{"
      for (position, member) in members.enumerated() {
        if position > 0 { output += "," }
        Self.write(member.key, to: &output)
        output += ":"
        member.value.write(to: &output)
      }
      output += "}"
    }
  }

  /// Writes a string literal (RFC 8259, section 7).
  private static func write(_ value: String, to output: inout String) {
    output += "\""
    defer { output += "\"" }
    guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }) else {
      output += value
      return
    }
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .number(value) }
  init(nilLiteral: ()) { self = .null }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
}
