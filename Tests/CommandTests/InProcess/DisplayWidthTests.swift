import Foundation
import Testing

@testable import KeyturnCommand

/// How wide texts are on a terminal, beside the library that most terminal programs ask (PyPI: wcwidth).
@Suite struct DisplayWidthTests {
  @Test(
    arguments: [
      ("", 0), ("magentrix", 9), ("Café", 4), ("Cafe\u{301}", 4), ("株式会社", 8), ("ｱｲｳ", 3),
      ("ＡＢ", 4), ("한국어", 6), ("\u{1112}\u{1161}\u{11AB}", 2), ("👍", 2), ("👍🏽", 2),
      ("👩‍👩‍👧‍👦", 2), ("🇩🇪🇫🇷", 4), ("❤", 1), ("❤️", 2), ("1️⃣", 2), ("⌚", 2), ("⌚\u{FE0E}", 1),
      ("a\u{200B}b", 2), ("नमस्ते", 4), ("กำ", 2), ("שלום", 4), ("█░", 2), ("…", 1), ("•", 1),
      ("a\u{AD}b", 3), ("e\u{301}\u{302}\u{303}", 1),
    ])
  func `a text is as wide as it is drawn`(text: String, width: Int) {
    #expect(text.columns == width)
  }

  @Test(
    arguments: [
      ("magentrix", 9, "magentrix"), ("magentrix", 8, "magentr…"), ("magentrix", 1, "…"),
      ("magentrix", 0, ""), ("株式会社", 8, "株式会社"), ("株式会社", 7, "株式会…"),
      ("株式会社", 6, "株式…"), ("株式会社", 2, "…"), ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 3, "👩‍👩‍👧‍👦…"),
      ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
    ])
  func `what is too wide is cut between two characters`(text: String, width: Int, cut: String) {
    #expect(text.cut(toColumns: width) == cut)
    #expect(text.cut(toColumns: width).columns <= width)
  }

  @Test func `long lines are broken at blanks, and keep what is to be copied`() {
    #expect("short".wrapped(toColumns: 10, indent: 2) == ["short"])
    #expect(
      "  次の 秘密 expires soon".wrapped(toColumns: 12, indent: 4)
        == ["  次の 秘密", "    expires", "    soon"])
    #expect(
      "see https://portal.example.com/a/very/long/address now".wrapped(toColumns: 20, indent: 2)
        == ["see", "  https://portal.example.com/a/very/long/address", "  now"])
  }

  /// Every assigned character by itself, and sequences in which several make one picture.
  @Test(.needs(.pythonPackage("wcwidth"))) func `wcwidth sees it the same way`() async throws {
    var texts = (0x20...0x3FFFF).compactMap(Unicode.Scalar.init).filter { scalar in
      switch scalar.properties.generalCategory {
      case .unassigned, .control, .privateUse, .surrogate: false
      default: true
      }
    }.map { String($0) }
    // Unified ideographs and Hangul syllables are ranges in which all are alike.
    texts = texts.filter { !(0x4E10...0x9FF0 ~= $0.value) && !(0xAC10...0xD7A0 ~= $0.value) }
    texts += [
      "👩‍🚀", "🏴‍☠️", "👨🏿‍🦰", "🏳️‍🌈", "🇺🇦", "🇺", "⚠️", "⚠", "✔︎", "#️⃣", "©️", "👁️‍🗨️", "नमस्ते", "क्ष",
      "ক্ষ", "தமிழ்", "ภาษาไทย", "한글", "㍿", "Ǆ", "ﷺ", "ด้้้้้", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "a\u{FE0F}", "日\u{FE00}",
    ]
    let program = """
      import json, sys, wcwidth
      print(json.dumps([wcwidth.wcswidth(text) for text in json.load(sys.stdin)]))
      """
    let input = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
    let told = try await Programs.run(
      ["\(Requirement.python ?? "")/bin/python3", "-c", program], input: input
    ).ended(0)
    let widths = try JSONDecoder().decode([Int].self, from: Data(told.printed.utf8))
    try #require(widths.count == texts.count)
    let different = zip(texts, widths).filter { $0.columns != $1 }.map { text, width in
      "\(text.unicodeScalars.map { String($0.value, radix: 16) }): \(text.columns), not \(width)"
    }
    #expect(different.isEmpty, "\(different.count): \(different.prefix(40))")
  }
}

extension String {
  /// The value of its first scalar.
  fileprivate var value: UInt32 { unicodeScalars.first?.value ?? 0 }
}
