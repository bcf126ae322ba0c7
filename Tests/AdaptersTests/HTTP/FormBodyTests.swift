import Foundation
import Testing

@testable import Adapters

@Suite struct FormBodyTests {
  @Test(arguments: [
    ("+/=&%", "%2B%2F%3D%26%25"),
    ("abc~8Q._-*", "abc%7E8Q._-*"),
    ("a b", "a+b"),
    ("ü€😀", "%C3%BC%E2%82%AC%F0%9F%98%80"),
    ("%2B", "%252B"),
    ("\r\n\0\u{7f}", "%0D%0A%00%7F"),
    (
      "https://contoso.crm.dynamics.com/.default",
      "https%3A%2F%2Fcontoso.crm.dynamics.com%2F.default"
    ),
    ("", ""),
  ])
  func `encodes each value exactly once`(plain: String, encoded: String) {
    #expect(FormBody([("v", plain)]).encoded == "v=" + encoded)
  }

  @Test func `a form reader gets back what was put in`() {
    for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) {
      let encoded = FormBody.encode(String(scalar))
      let decoded = encoded.replacingOccurrences(of: "+", with: " ").removingPercentEncoding
      #expect(decoded == String(scalar))
      #expect(encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "&") })
    }
  }

  @Test func `keeps the fields' order and joins them`() {
    let body = FormBody([("b", "1"), ("a", "2 3")])
    #expect(body.encoded == "b=1&a=2+3")
  }
}
