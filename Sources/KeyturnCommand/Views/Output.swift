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
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(view), as: UTF8.self))
  }
}

extension Date {
  /// RFC 3339 in UTC, as JSON documents have it.
  var stamp: String { Timestamp.format(self) }
}
