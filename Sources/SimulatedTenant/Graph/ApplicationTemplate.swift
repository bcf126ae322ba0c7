import Foundation

/// How applications of the population are written for one selection of properties.
///
/// What is the same in all of them is put together once, so that a page of 999 takes a millisecond.
struct ApplicationTemplate: Sendable {
  private enum Piece: Sendable {
    case text([UInt8])
    case id, appID, createdAt, displayName, audience, passwords, certificates
  }

  private let pieces: [Piece]
  private let showsKeys: Bool

  /// Prepares the properties that are selected, all of them where none is, in the object's order.
  init(selected: [String], domain: String) {
    showsKeys = selected.contains("keyCredentials")
    let prototype = RegisteredApplication(
      objectID: "", appID: "", servicePrincipalID: "", createdAt: Date(timeIntervalSince1970: 0),
      displayName: "", signInAudience: .myOrganization, appRoles: [], owners: [], isEnabled: true,
      hasServicePrincipal: true, managementPolicy: nil)
    let whole = Tenant.applicationObject(of: prototype, passwords: [], domain: domain)
    var pieces: [Piece] = []
    for (name, value) in (selected.isEmpty ? whole : whole.selecting(selected)).members {
      let separator = pieces.isEmpty ? "{" : ","
      let label = separator + JSON.string(name).text + ":"
      if let piece = Self.piece(of: name) {
        pieces += [.text(Array(label.utf8)), piece]
      } else {
        pieces.append(.text(Array((label + value.text).utf8)))
      }
    }
    self.pieces = pieces.isEmpty ? [.text(Array("{".utf8))] : pieces
  }

  /// Writes an application as one JSON object.
  func write(_ application: GeneratedApplication, to output: inout JSONBytes) {
    for piece in pieces {
      switch piece {
      case .text(let bytes): output.append(bytes)
      case .id: write(application.objectID, to: &output)
      case .appID: write(application.appID, to: &output)
      case .createdAt: write(application.createdAt * CivilTime.ticksPerSecond, false, to: &output)
      case .displayName: output.appendString(application.displayName)
      case .audience: output.appendString(application.audience.rawValue)
      case .passwords: writePasswords(of: application, to: &output)
      case .certificates:
        let certificates = application.certificate.map { [$0] } ?? []
        output.append(JSON.array(certificates.map { $0.keyCredential(showsKey: showsKeys) }))
      }
    }
    output.append(UInt8(ascii: "}"))
  }

  private static func piece(of name: String) -> Piece? {
    switch name {
    case "id": .id
    case "appId": .appID
    case "createdDateTime": .createdAt
    case "displayName": .displayName
    case "signInAudience": .audience
    case "passwordCredentials": .passwords
    case "keyCredentials": .certificates
    default: nil
    }
  }

  /// The order and the forms are those of ``Tenant/passwordCredential(_:showsValue:)``.
  private func writePasswords(of application: GeneratedApplication, to output: inout JSONBytes) {
    output.append(UInt8(ascii: "["))
    for position in 0..<application.secretCount {
      let secret = application.secret(position)
      output.append(position > 0 ? ",{" : "{")
      output.append(#""customKeyIdentifier":null,"displayName":"#)
      output.appendString(secret.displayName)
      output.append(#","endDateTime":"#)
      write(secret.expiresAt, true, to: &output)
      output.append(#","hint":""#)
      output.append(secret.hint.0)
      output.append(secret.hint.1)
      output.append(secret.hint.2)
      output.append(#"","keyId":"#)
      write(secret.keyID, to: &output)
      output.append(#","secretText":null,"startDateTime":"#)
      write(secret.startsAt, true, to: &output)
      output.append(UInt8(ascii: "}"))
    }
    output.append(UInt8(ascii: "]"))
  }

  private func write(_ id: GUIDBits, to output: inout JSONBytes) {
    output.append(UInt8(ascii: "\""))
    output.append(id)
    output.append(UInt8(ascii: "\""))
  }

  private func write(_ ticks: Int64, _ hasFraction: Bool, to output: inout JSONBytes) {
    output.append(UInt8(ascii: "\""))
    output.append(ticks: ticks, fraction: hasFraction)
    output.append(UInt8(ascii: "\""))
  }
}
