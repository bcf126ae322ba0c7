import Foundation

/// An `https` or `http` address, taken apart just far enough to be judged.
struct WebAddress {
  /// Why a text is no such address; the phrase follows the name of the key.
  struct Problem: Error {
    var phrase: String
  }

  private(set) var scheme: String
  private(set) var host: String
  private(set) var port: Int?
  /// Path, query and fragment as written; empty where the host ends the address.
  private(set) var rest: String

  /// Takes an address apart.
  ///
  /// Throws: ``Problem`` for another scheme, for a user name or password, and for characters that
  /// have no place in an address.
  init(_ text: String) throws(Problem) {
    let bytes = Array(text.utf8)
    guard let separator = text.range(of: "://") else {
      throw Problem(phrase: "is not an address: write https://…")
    }
    scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else {
      throw Problem(phrase: "is not a web address: write https://…")
    }
    guard bytes.allSatisfy(Self.isAddressByte) else {
      throw Problem(phrase: "has a character that has no place in an address")
    }
    let afterScheme = text[separator.upperBound...]
    let end = afterScheme.firstIndex { "/?#".contains($0) } ?? afterScheme.endIndex
    let authority = afterScheme[..<end]
    guard !authority.contains("@") else {
      throw Problem(
        phrase: "has a user name or password in it: secrets never stand in the configuration")
    }
    rest = String(afterScheme[end...])
    (host, port) = try Self.hostAndPort(authority)
  }

  /// Scheme, host and port.
  var origin: String {
    "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "")
  }

  /// Whether the address is one of this machine.
  var isLoopback: Bool {
    host == "localhost" || host == "[::1]" || (host.hasPrefix("127.") && Self.isIPv4(host))
  }

  private static func hostAndPort(_ text: Substring) throws(Problem) -> (String, Int?) {
    var host = text
    var port: Int?
    let hostEnd = text.hasPrefix("[") ? text.firstIndex(of: "]") : text.startIndex
    if let hostEnd, let colon = text[hostEnd...].firstIndex(of: ":") {
      let digits = text[text.index(after: colon)...]
      guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits),
        (1...65_535).contains(number)
      else { throw Problem(phrase: "has a port that is not a number from 1 to 65535") }
      port = number
      host = text[..<colon]
    }
    guard isHost(host.utf8) else { throw Problem(phrase: "has no valid host name") }
    return (host.lowercased(), port)
  }

  private static func isHost(_ host: Substring.UTF8View) -> Bool {
    guard (1...253).contains(host.count) else { return false }
    if host.first == UInt8(ascii: "[") {
      return host.count > 3 && host.last == UInt8(ascii: "]")
        && host.dropFirst().dropLast().allSatisfy { byte in
          byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || isHexadecimal(byte)
        }
    }
    return isDomain(host)
  }

  /// Whether the text is made of labels of letters, digits and inner hyphens (RFC 1123 section 2.1).
  static func isDomain(_ host: Substring.UTF8View) -> Bool {
    let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
        && label.last != UInt8(ascii: "-")
        && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
  }

  static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func isIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// What RFC 3986 lets an address be written with, percent-encoding included.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    guard (0x21...0x7E).contains(byte) else { return false }
    return !"\"<>\\^`{|}".utf8.contains(byte)
  }
}
