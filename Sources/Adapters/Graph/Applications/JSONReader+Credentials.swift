import Foundation
import Keyturn

/// Credentials of an application or a service principal.
///
/// Source: Microsoft Graph v1.0, resources `passwordCredential` and `keyCredential`;
/// "servicePrincipal: addTokenSigningCertificate".
extension JSONReader {
  /// Names are longer in no tenant (displayName: 256 characters).
  private static let longestName = 256

  /// A text that is shown to people, cut where nobody would read on; nil for null.
  mutating func name() throws -> String? {
    try optionalText().map { text in
      text.raw.count <= Self.longestName
        ? text.string : String(text.string.prefix(Self.longestName))
    }
  }

  /// The client secrets, and whether each could be told from the others.
  ///
  /// A service principal's password that opens the private key of a signing certificate is none: it has
  /// the certificate's identifier, and its subject, which has to begin with `CN=`.
  mutating func clientSecrets(
    of kind: ObservedKind
  ) throws -> (list: [ObservedSecret], isReadable: Bool) {
    try credentials { reader in
      var met = MetMembers()
      var keyID: GUID?
      var secret = ObservedSecret(keyID: GUID(high: 0, low: 0))
      var isIdentified = false
      try reader.object { reader, member in
        if member.equals("keyId") {
          try met.note(0, reader)
          keyID = try reader.optionalText()?.guid
        } else if member.equals("displayName") {
          try met.note(1, reader)
          secret.displayName = try reader.name()
        } else if member.equals("hint") {
          try met.note(2, reader)
          // Three characters; whatever is longer is more of a value than anybody should keep.
          secret.hint = try reader.optionalText().map { String($0.string.prefix(3)) }
        } else if member.equals("startDateTime") {
          try met.note(3, reader)
          secret.startsAt = try reader.instant()
        } else if member.equals("endDateTime") {
          try met.note(4, reader)
          secret.expiresAt = try reader.instant()
        } else if kind == .servicePrincipal, member.equals("customKeyIdentifier") {
          try met.note(5, reader)
          isIdentified = try reader.optionalText() != nil
        } else {
          try reader.skip()
        }
      }
      guard let keyID else { return .unreadable }
      if isIdentified, secret.displayName?.hasPrefix("CN=") ?? false { return .other }
      secret.keyID = keyID
      return .one(secret)
    }
  }

  /// The certificates, without their keys, and whether each could be told from the others.
  ///
  /// What a service principal signs with comes twice, as the key that signs and as the one that others
  /// verify with; the second one counts. A key that tokens are encrypted with signs nobody in.
  mutating func certificates() throws -> (list: [ObservedCertificate], isReadable: Bool) {
    var signing: [ObservedCertificate] = []
    var (list, isReadable) = try credentials { reader -> Credential<ObservedCertificate> in
      var met = MetMembers()
      var keyID: GUID?
      var certificate = ObservedCertificate(keyID: GUID(high: 0, low: 0))
      var (signs, encrypts) = (false, false)
      try reader.object { reader, member in
        if member.equals("keyId") {
          try met.note(0, reader)
          keyID = try reader.optionalText()?.guid
        } else if member.equals("displayName") {
          try met.note(1, reader)
          certificate.displayName = try reader.name()
        } else if member.equals("startDateTime") {
          try met.note(2, reader)
          certificate.startsAt = try reader.instant()
        } else if member.equals("endDateTime") {
          try met.note(3, reader)
          certificate.expiresAt = try reader.instant()
        } else if member.equals("usage") {
          try met.note(4, reader)
          let usage = try reader.optionalText()
          signs = usage?.equals("Sign") ?? false
          encrypts = usage?.equals("Encrypt") ?? false
        } else {
          // Among them the key itself.
          try reader.skip()
        }
      }
      guard let keyID else { return .unreadable }
      certificate.keyID = keyID
      if signs { signing.append(certificate) }
      return signs || encrypts ? .other : .one(certificate)
    }
    let others = list
    list += signing.filter { key in !others.contains { $0.expiresAt == key.expiresAt } }
    return (list, isReadable)
  }

  private enum Credential<Value> {
    case one(Value)
    /// Something else than what is looked for.
    case other
    /// Without what tells it from the others.
    case unreadable
  }

  private mutating func credentials<Value>(
    _ read: (inout JSONReader) throws -> Credential<Value>
  ) throws -> (list: [Value], isReadable: Bool) {
    var list: [Value] = []
    var isReadable = true
    try self.list { reader in
      guard try reader.kind() == .object else {
        isReadable = false
        return try reader.skip()
      }
      switch try read(&reader) {
      case .one(let value): list.append(value)
      case .other: break
      case .unreadable: isReadable = false
      }
    }
    return (list, isReadable)
  }

  private mutating func instant() throws -> Date? {
    try optionalText()?.instant.map { Date(timeIntervalSince1970: TimeInterval($0)) }
  }
}

/// The members that were met: of two with the same name nobody knows which one counts.
struct MetMembers {
  private var bits: UInt8 = 0

  mutating func note(_ member: UInt8, _ reader: JSONReader) throws {
    guard bits & 1 << member == 0 else { throw reader.complaint }
    bits |= 1 << member
  }
}
