import Foundation
import Keyturn

/// A JSON value of Graph's, read as leniently as it can be: what does not fit a use counts as absent.
///
/// Graph's answers differ between the services behind it, in the type of a member and in the case of
/// its name; a number too large for anything is infinite here, and an unknown member does no harm.
enum GraphValue: Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([GraphValue])
  case object([String: GraphValue])

  /// Reads a whole JSON text; nil where it is none, or nested too deeply.
  init?(_ data: Data) {
    guard let value = try? JSONDecoder().decode(GraphValue.self, from: data) else { return nil }
    self = value
  }

  /// A member of an object; nil where there is none, or where it is null.
  subscript(name: String) -> GraphValue? {
    guard case .object(let members) = self, let member = members[name] else { return nil }
    if case .null = member { return nil }
    return member
  }

  /// A text that is not empty.
  var text: String? {
    guard case .text(let text) = self, !text.isEmpty else { return nil }
    return text
  }

  var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  var number: Double? {
    guard case .number(let value) = self, value.isFinite, abs(value) < 1e9 else { return nil }
    return value
  }

  var list: [GraphValue]? {
    guard case .list(let values) = self else { return nil }
    return values
  }

  /// A GUID, in lower case.
  var guid: String? {
    text.flatMap { UUID(uuidString: $0)?.uuidString.lowercased() }
  }

  nonisolated(unsafe) private static let shortOffset = /([+-])([0-9]:[0-9]{2})$/

  /// An instant, with any number of fractional digits.
  ///
  /// Microsoft's samples of the sign-in reports write offsets such as `-8:00`.
  var instant: Date? {
    text.flatMap { text in
      if text.utf8.last == UInt8(ascii: "Z") { return Timestamp.parse(text) }
      return Timestamp.parse(text.replacing(Self.shortOffset) { "\($0.1)0\($0.2)" })
    }
  }
}

extension GraphValue: Decodable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    // Most values are null or texts, and each guess that fails costs as much as ten that hit.
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
      return
    }
    if let text = try? value.decode(String.self) {
      self = .text(text)
      return
    }
    if let members = try? decoder.container(keyedBy: Name.self) {
      var object: [String: GraphValue] = [:]
      for key in members.allKeys {
        object[key.stringValue] = try members.decode(GraphValue.self, forKey: key)
      }
      self = .object(object)
      return
    }
    if var elements = try? decoder.unkeyedContainer() {
      var list: [GraphValue] = []
      while !elements.isAtEnd { list.append(try elements.decode(GraphValue.self)) }
      self = .list(list)
      return
    }
    if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else {
      self = .number(.infinity)
    }
  }
}
