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
    let bytes = text.utf8
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      bytes[colon...].starts(with: "://".utf8)
    else { throw Problem(phrase: "is not an address: write https://…") }
    scheme = text[..<colon].lowercased()
    guard scheme == "https" || scheme == "http" else {
      throw Problem(phrase: "is not a web address: write https://…")
    }
    guard bytes.allSatisfy(Self.isAddressByte) else {
      throw Problem(phrase: "has a character that has no place in an address")
    }
    let afterScheme = bytes[bytes.index(colon, offsetBy: 3)...]
    let end = afterScheme.firstIndex(where: Self.endsAuthority) ?? afterScheme.endIndex
    let authority = afterScheme[..<end]
    guard !authority.contains(UInt8(ascii: "@")) else {
      throw Problem(
        phrase: "has a user name or password in it: secrets never stand in the configuration")
    }
    rest = String(text[end...])
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

  private static func hostAndPort(
    _ authority: Substring.UTF8View
  ) throws(Problem) -> (String, Int?) {
    var host = authority
    var port: Int?
    let isBracketed = authority.first == UInt8(ascii: "[")
    let hostEnd = isBracketed ? authority.firstIndex(of: UInt8(ascii: "]")) : authority.startIndex
    if let hostEnd, let colon = authority[hostEnd...].firstIndex(of: UInt8(ascii: ":")) {
      let digits = authority[authority.index(after: colon)...]
      guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let number = Int(Substring(digits)), (1...65_535).contains(number)
      else { throw Problem(phrase: "has a port that is not a number from 1 to 65535") }
      port = number
      host = authority[..<colon]
    }
    guard isHost(host) else { throw Problem(phrase: "has no valid host name") }
    return (Substring(host).lowercased(), port)
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
    let hyphen = UInt8(ascii: "-")
    var length = 0
    var last = hyphen
    for byte in host {
      if byte == UInt8(ascii: ".") {
        guard length > 0, last != hyphen else { return false }
        length = 0
      } else {
        guard isLetterOrDigit(byte) || (byte == hyphen && length > 0), length < 63 else {
          return false
        }
        length += 1
      }
      last = byte
    }
    return length > 0 && last != hyphen
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

  private static func endsAuthority(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
  }

  private static func isIPv4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  /// What RFC 3986 lets an address be written with, percent-encoding included.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"),
      UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
      false
    default: (0x21...0x7E).contains(byte)
    }
  }
}
