import Foundation

/// Fields of an `application/x-www-form-urlencoded` body, in order.
///
/// Source: RFC 6749 appendix B, and the serializer of the WHATWG URL standard (section 5.2).
public struct FormBody: Sendable {
  static let mediaType = "application/x-www-form-urlencoded"

  /// The body: each name and value is encoded exactly once.
  public let encoded: String

  /// Encodes fields that are still plain.
  public init(_ fields: [(name: String, value: String)]) {
    encoded = fields.map { "\(Self.encode($0.name))=\(Self.encode($0.value))" }
      .joined(separator: "&")
  }

  /// Encodes one name or value: letters, digits and `*-._` stay, a space becomes `+`.
  ///
  /// Foundation's character sets leave `+` alone, which a server then reads as a space; that is how
  /// older client secrets are broken in transit.
  static func encode(_ text: String) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: " "): result.append(UInt8(ascii: "+"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "_"):
        result.append(byte)
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += (byte < 16 ? "%0" : "%").utf8
        result += digits.utf8
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
