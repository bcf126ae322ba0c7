import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import Adapters

@Suite struct RetryAfterTests {
  @Test(
    arguments: [
      ("0", 0), ("7", 7), (" 120 ", 120), ("300", 300), ("301", 300),
      ("99999999999999999999999999", 300),
      ("Sun, 22 Nov 2026 02:11:40 GMT", 100),
      ("Sunday, 22-Nov-26 02:11:40 GMT", 100),
      ("Sun Nov 22 02:11:40 2026", 100),
      ("Sun, 22 Nov 2026 02:09:00 GMT", 0),
      ("Mon, 23 Nov 2026 02:10:00 GMT", 300),
      ("", nil), ("soon", nil), ("-5", nil), ("1.5", nil), ("٣", nil),
      ("Sun, 99 Nov 2026 02:11:40 GMT", nil),
    ] as [(String, TimeInterval?)])
  func `reads seconds and dates, up to five minutes`(text: String, seconds: TimeInterval?) {
    #expect(RetryAfter.seconds(in: ["Retry-After": text], now: TestWorld.night) == seconds)
  }

  @Test func `says nothing without the field`() {
    #expect(RetryAfter.seconds(in: [:], now: TestWorld.night) == nil)
  }
}
