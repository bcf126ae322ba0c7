import Foundation
import Keyturn

/// An optional that is written as `null` rather than left out, so that keys are stable.
@propertyWrapper
struct Nullable<Value: Encodable & Sendable>: Encodable, Sendable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) {
    self.wrappedValue = wrappedValue
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

extension Terminal {
  /// Prints one value as text or as JSON: the only place where the two part.
  func render(_ view: some Encodable, json: Bool, text: () -> [String]) throws {
    guard json else {
      for line in text() { print(line) }
      return
    }
    print(try JSONText.of(view))
  }
}

/// A value as a JSON document that people can read, too.
enum JSONText {
  /// The document, without a line end behind it.
  static func of(_ view: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return harmless(String(decoding: try encoder.encode(view), as: UTF8.self))
  }

  /// The same document for a terminal: what would act there, and JSON allows, is written as `\u…`.
  private static func harmless(_ document: String) -> String {
    let acts = { (scalar: Unicode.Scalar) in scalar.value > 0x7E && scalar.actsOnTerminal }
    guard document.unicodeScalars.contains(where: acts) else { return document }
    var result = ""
    for scalar in document.unicodeScalars {
      guard acts(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result
  }
}

extension Date {
  /// RFC 3339 in UTC, as JSON documents have it.
  var stamp: String { Timestamp.format(self) }
}
