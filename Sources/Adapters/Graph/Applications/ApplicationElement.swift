import Foundation
import Keyturn

/// One element of a page of applications, as it stands in the answer.
///
/// Source: Microsoft Graph v1.0, resources `application` and `passwordCredential`; "application: delta"
/// for `@removed`.
enum ApplicationElement: Equatable {
  case application(ObservedApplication)
  case removed(GUID)
  /// It is an object, but lacks what makes it an application.
  case unreadable

  /// What is read of each application: nothing that Microsoft throttles, as it does `keyCredentials`.
  static let properties = "id,appId,displayName,passwordCredentials"

  /// Names are longer in no tenant (displayName: 256 characters).
  private static let longestName = 256

  /// Reads an element.
  ///
  /// Throws: ``JSONReader/Malformed`` where it is no JSON, or says the same thing twice.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    var reader = JSONReader(bytes)
    var met = Met()
    var id: GUID?
    var clientID: GUID?
    var name: String?
    var secrets: [ObservedSecret]?
    var isRemoved = false
    var isWhole = true
    try reader.object { reader, member in
      if member.equals("id") {
        try met.note(0, reader)
        id = try reader.optionalText()?.guid
      } else if member.equals("appId") {
        try met.note(1, reader)
        clientID = try reader.optionalText()?.guid
      } else if member.equals("displayName") {
        try met.note(2, reader)
        name = Self.name(try reader.optionalText()) ?? ""
      } else if member.equals("passwordCredentials") {
        try met.note(3, reader)
        guard try reader.kind() == .list else { return try reader.skip() }
        let (list, isReadable) = try Self.secrets(&reader)
        secrets = list
        isWhole = isReadable
      } else if member.equals("@removed") {
        try met.note(4, reader)
        isRemoved = try reader.kind() != .null
        try reader.skip()
      } else {
        try reader.skip()
      }
    }
    try reader.end()
    guard let id else {
      self = .unreadable
      return
    }
    if isRemoved {
      self = .removed(id)
    } else if !isWhole {
      self = .unreadable
    } else {
      self = .application(
        ObservedApplication(
          objectID: id, clientID: clientID, displayName: name, secrets: secrets))
    }
  }

  private static func name(_ text: JSONText?) -> String? {
    text.map { $0.raw.count <= longestName ? $0.string : String($0.string.prefix(longestName)) }
  }

  /// The client secrets, and whether each could be told from the others.
  private static func secrets(
    _ reader: inout JSONReader
  ) throws -> (list: [ObservedSecret], isReadable: Bool) {
    var list: [ObservedSecret] = []
    var isReadable = true
    try reader.list { reader in
      guard try reader.kind() == .object else {
        isReadable = false
        return try reader.skip()
      }
      if let secret = try secret(&reader) {
        list.append(secret)
      } else {
        isReadable = false
      }
    }
    return (list, isReadable)
  }

  private static func secret(_ reader: inout JSONReader) throws -> ObservedSecret? {
    var met = Met()
    var keyID: GUID?
    var secret = ObservedSecret(keyID: GUID(high: 0, low: 0))
    try reader.object { reader, member in
      if member.equals("keyId") {
        try met.note(0, reader)
        keyID = try reader.optionalText()?.guid
      } else if member.equals("displayName") {
        try met.note(1, reader)
        secret.displayName = name(try reader.optionalText())
      } else if member.equals("hint") {
        try met.note(2, reader)
        // Three characters; whatever is longer is more of a value than anybody should keep.
        secret.hint = try reader.optionalText().map { String($0.string.prefix(3)) }
      } else if member.equals("startDateTime") {
        try met.note(3, reader)
        secret.startsAt = try instant(&reader)
      } else if member.equals("endDateTime") {
        try met.note(4, reader)
        secret.expiresAt = try instant(&reader)
      } else {
        try reader.skip()
      }
    }
    guard let keyID else { return nil }
    secret.keyID = keyID
    return secret
  }

  private static func instant(_ reader: inout JSONReader) throws -> Date? {
    try reader.optionalText()?.instant.map { Date(timeIntervalSince1970: TimeInterval($0)) }
  }

  /// The members that were met: of two with the same name nobody knows which one counts.
  private struct Met {
    private var bits: UInt8 = 0

    mutating func note(_ member: UInt8, _ reader: JSONReader) throws {
      guard bits & 1 << member == 0 else { throw reader.complaint }
      bits |= 1 << member
    }
  }
}

/// What is around the elements of a page.
struct PageEnvelope: Equatable {
  var next: String?
  /// The link that ends a series of changes.
  var deltaLink: String?

  /// Reads what ``ElementSplitter`` left of a page.
  ///
  /// Throws: ``JSONReader/Malformed`` where it is no page of a collection.
  init(_ bytes: [UInt8]) throws {
    let (next, deltaLink) = try bytes.withUnsafeBufferPointer { bytes in
      var reader = JSONReader(bytes)
      var next: String?
      var deltaLink: String?
      var lists = 0
      try reader.object { reader, member in
        if member.equals("@odata.nextLink") {
          guard next == nil else { throw reader.complaint }
          next = try reader.optionalText()?.string
        } else if member.equals("@odata.deltaLink") {
          guard deltaLink == nil else { throw reader.complaint }
          deltaLink = try reader.optionalText()?.string
        } else {
          if member.equals("value") { lists += try reader.kind() == .list ? 1 : 2 }
          try reader.skip()
        }
      }
      try reader.end()
      guard lists == 1 else { throw reader.complaint }
      return (next, deltaLink)
    }
    self.next = next
    self.deltaLink = deltaLink
  }
}
