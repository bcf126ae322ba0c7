import Foundation
import Keyturn

/// One element of a page of applications or of service principals, as it stands in the answer.
///
/// Source: Microsoft Graph v1.0, resources `application`, `servicePrincipal` and `passwordCredential`;
/// "application: delta" for `@removed`.
enum ApplicationElement: Equatable {
  case application(ObservedApplication)
  /// It is gone, or is a service principal of which nothing is to be watched.
  case removed(GUID)
  /// It is an object, but lacks what makes it an application.
  case unreadable

  /// What is read of each object: nothing that Microsoft throttles, as it does `keyCredentials`, unless
  /// it is asked for.
  static func properties(of scope: ObservedScope) -> String {
    "id,appId,displayName,passwordCredentials"
      + (scope.hasCertificates ? ",keyCredentials" : "")
      + (scope.kind == .servicePrincipal ? ",servicePrincipalType" : "")
  }

  /// Reads an element.
  ///
  /// Throws: ``JSONReader/Malformed`` where it is no JSON, or says the same thing twice.
  init(_ bytes: UnsafeBufferPointer<UInt8>, _ kind: ObservedKind = .application) throws {
    var reader = JSONReader(bytes)
    var met = MetMembers()
    var id: GUID?
    var clientID: GUID?
    var name: String?
    var secrets: [ObservedSecret]?
    var certificates: [ObservedCertificate]?
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
        name = try reader.name() ?? ""
      } else if member.equals("passwordCredentials") {
        try met.note(3, reader)
        guard try reader.kind() == .list else { return try reader.skip() }
        let (list, isReadable) = try reader.clientSecrets(of: kind)
        secrets = list
        isWhole = isWhole && isReadable
      } else if member.equals("keyCredentials") {
        try met.note(5, reader)
        guard try reader.kind() == .list else { return try reader.skip() }
        let (list, isReadable) = try reader.certificates()
        certificates = list
        isWhole = isWhole && isReadable
      } else if member.equals("servicePrincipalType") {
        try met.note(6, reader)
        // Azure renews the certificate of a managed identity by itself.
        if try reader.optionalText()?.equals("ManagedIdentity") ?? false { isRemoved = true }
      } else if member.equals("@removed") {
        try met.note(4, reader)
        if try reader.kind() != .null { isRemoved = true }
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
    // Most service principals have no credentials: their applications have them.
    let isBare = kind == .servicePrincipal && secrets == [] && certificates ?? [] == []
    if isRemoved || (isBare && isWhole) {
      self = .removed(id)
    } else if !isWhole {
      self = .unreadable
    } else {
      self = .application(
        ObservedApplication(
          kind, objectID: id, clientID: clientID, displayName: name, secrets: secrets,
          certificates: certificates))
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
