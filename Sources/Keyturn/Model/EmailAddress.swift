/// An e-mail address that is safe wherever mail puts addresses: in a header, in an envelope, and as
/// an argument of `sendmail`.
///
/// It is less than RFC 5322 allows, on purpose: no quoted names, no comments, no addresses in
/// brackets, and nothing that begins with a hyphen, which a program might take for an option.
public struct EmailAddress: Sendable, Hashable {
  /// The part before the `@`.
  public let local: String
  /// The part after it, in lower case.
  public let domain: String

  /// Reads `name@domain`; nil for anything else.
  ///
  /// Source: RFC 5321 section 4.5.3.1 (64 and 254 characters), RFC 5322 section 3.4.1 (dot-atom),
  /// RFC 1123 section 2.1 (host names).
  public init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard text.utf8.count <= 254, parts.count == 2, Self.isLocal(parts[0]), Self.isDomain(parts[1])
    else { return nil }
    local = String(parts[0])
    domain = parts[1].lowercased()
  }

  private static func isLocal(_ text: Substring) -> Bool {
    let atoms = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 64 && text.first != "-"
      && atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomText) }
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let hyphen = UInt8(ascii: "-")
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
          && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
      }
  }

  private static func isAtomText(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

extension EmailAddress: CustomStringConvertible {
  public var description: String { "\(local)@\(domain)" }
}
