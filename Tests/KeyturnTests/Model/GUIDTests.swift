import Foundation
import Keyturn
import Testing

@Suite struct GUIDTests {
  @Test func `a GUID is read in either case, and written in lower case`() throws {
    var chance = Chance(seed: 7)
    for _ in 0..<500 {
      let halves = (0..<2).map { _ in UInt64.random(in: 0 ... .max, using: &chance) }
      let guid = GUID(high: halves[0], low: halves[1])
      let text = guid.description
      #expect(UUID(uuidString: text)?.uuidString.lowercased() == text)
      #expect(GUID(text) == guid && GUID(text.uppercased()) == guid)
    }
  }

  @Test func `any other byte in any place makes it none`() {
    let text = Array("0123abcd-45ef-6789-abcd-ef0123456789".utf8)
    for place in text.indices {
      for byte in UInt8.min ... .max where byte != text[place] {
        var changed = text
        changed[place] = byte
        let isDigit = Character(Unicode.Scalar(byte)).isHexDigit && byte < 128
        let isRead = changed.withUnsafeBufferPointer { GUID(ascii: $0) } != nil
        #expect(isRead == (isDigit && text[place] != UInt8(ascii: "-")), "\(byte) at \(place)")
      }
    }
    #expect(GUID("") == nil && GUID("0123abcd-45ef-6789-abcd-ef012345678") == nil)
  }
}
