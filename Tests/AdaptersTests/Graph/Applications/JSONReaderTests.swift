import Foundation
import TestSupport
import Testing

@testable import Adapters

/// The reader against Foundation's, which takes longer but is read by more eyes.
@Suite struct JSONReaderTests {
  @Test(arguments: [
    #"{}"#, #"[]"#, #""""#, "0", "-0", "1.5e+10", "true", " null ", "[[[]]]",
    #"{"a":1,"b":[true,false,null],"c":{"d":"e"}}"#, #""\"\\\/\b\f\n\r\tA""#, #""\ud83d\ude00""#,
    #""ü😀""#, "\"\u{7f}\u{2028}\"", "[1,2 , 3\n,\t4\r]", #"{"":""}"#, "1E5", "0.0", #"["x" ]"#,
  ])
  func `takes what is JSON`(text: String) {
    #expect(Self.isTaken(Array(text.utf8)))
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "[1 2]", "{1:2}", #"{"a"}"#, #"{"a":}"#,
    #"{"a":1,}"#, #"{"a":1 "b":2}"#, "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN",
    "Infinity", "tru", "truee", "nul", "True", #"""#, #""\"#, #""\x""#, #""\u12""#, #""\u12G4""#,
    #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#, "\"\n\"", "\"\u{0}\"",
    "{} {}", "[] x", "'a'", "// a\n1", "[1]/**/", "\u{feff}1", "\u{a0}1",
  ])
  func `refuses what is none`(text: String) {
    #expect(!Self.isTaken(Array(text.utf8)))
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0x80, 0x22],
    ] as [[UInt8]])
  func `refuses what is no UTF-8`(bytes: [UInt8]) {
    #expect(!Self.isTaken(bytes))
  }

  @Test func `goes as deep as its limit, and no deeper`() {
    let limit = JSONReader.depthLimit
    for (depth, isTaken) in [(limit, true), (limit + 1, false), (100_000, false)] {
      let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(Self.isTaken(Array(text.utf8)) == isTaken)
    }
  }

  @Test func `reads texts as Foundation does`() throws {
    var chance = Chance(seed: 3)
    for _ in 0..<2_000 {
      let text = chance.text()
      for bytes in [try Self.encoded(text), Array("\"\(chance.escaped(text))\"".utf8)] {
        let read = try bytes.withUnsafeBufferPointer { buffer in
          var reader = JSONReader(buffer)
          return try reader.text().string
        }
        #expect(Array(read.unicodeScalars) == Array(text.unicodeScalars))
      }
    }
  }

  @Test func `agrees with Foundation on what is JSON, whatever is changed in a document`() throws {
    var chance = Chance(seed: 11)
    var taken = 0
    for round in 0..<6_000 {
      let value = chance.value(depth: 4)
      var bytes = Array(
        try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed]))
      if round % 4 > 0 { chance.damage(&bytes) }
      let foundation =
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
      // Foundation guesses at UTF-16 and UTF-32, and takes a mark in front; we are sent neither.
      guard !bytes.contains(0), !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { continue }
      let ours = Self.isTaken(bytes)
      if ours { taken += 1 }
      #expect(
        ours == foundation || Self.isKnownDifference(bytes, foundation),
        "Foundation \(foundation), ours \(ours): \(Self.surroundings(bytes))")
    }
    #expect(taken > 1_500)
  }

  /// Numbers that no Double holds, which Foundation refuses and we pass over; and a comma after the last
  /// member or element, which it takes and RFC 8259 does not.
  private static func isKnownDifference(_ bytes: [UInt8], _ foundation: Bool) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    return foundation
      ? text.contains(/,[ \t\r\n]*[}\]]/)
      : text.contains(/[0-9][eE][+-]?[0-9]{2,}|[0-9]{16,}/)
  }

  private static func isTaken(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer)
      return (try? (reader.skip(), reader.end())) != nil
    }
  }

  /// The bytes around the place that was refused.
  private static func surroundings(_ bytes: [UInt8]) -> String {
    let place = bytes.withUnsafeBufferPointer { buffer -> Int in
      var reader = JSONReader(buffer)
      do {
        try reader.skip()
        try reader.end()
      } catch let error as JSONReader.Malformed {
        return error.offset
      } catch {}
      return 0
    }
    let part = bytes[max(0, place - 20)..<min(bytes.count, place + 20)]
    return part.map { [$0].hexadecimal }.joined(separator: " ")
      + " \(String(decoding: part, as: UTF8.self).debugDescription)"
  }

  private static func encoded(_ text: String) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed))
  }
}

/// Values, texts and damage that repeat themselves.
private struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  mutating func text() -> String {
    let scalars: [Unicode.Scalar] = [
      "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{1}", "\u{1f}", "\u{7f}", "ü", "ß", "€",
      "\u{2028}", "😀", "\u{10ffff}", "{", "}", "[", "]", ",", ":",
    ]
    var text = ""
    for _ in 0..<next(40) { text.unicodeScalars.append(scalars[next(scalars.count)]) }
    return text
  }

  /// The same text, some of it as escapes.
  mutating func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      let mustBe = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
      guard mustBe || next(3) == 0 else { return String(scalar) }
      return String(scalar).utf16.map {
        "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count)
          + String($0, radix: 16, uppercase: next(2) == 0)
      }.joined()
    }.joined()
  }

  mutating func value(depth: Int) -> Any {
    switch next(depth == 0 ? 5 : 8) {
    case 0: NSNull()
    case 1: next(2) == 0
    case 2: next(2_000_000) - 1_000_000
    case 3: Double(next(1_000_000)) / 1_024
    case 4: text()
    case 5, 6:
      Dictionary((0..<next(5)).map { _ in (text(), value(depth: depth - 1)) }) { first, _ in first }
    default: (0..<next(5)).map { _ in value(depth: depth - 1) }
    }
  }

  mutating func damage(_ bytes: inout [UInt8]) {
    let marks = Array(#"{}[]",:\u0eE+-.1 tfn"#.utf8) + [0x09, 0x0A, 0x1F, 0x80, 0xC3, 0xFF]
    for _ in 0...next(2) where !bytes.isEmpty {
      let place = next(bytes.count)
      switch next(4) {
      case 0: bytes.remove(at: place)
      case 1: bytes.insert(marks[next(marks.count)], at: place)
      case 2: bytes[place] = marks[next(marks.count)]
      default: bytes.removeSubrange(place...)
      }
    }
  }
}
