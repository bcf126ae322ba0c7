import Foundation
import Keyturn

/// Reads Graph's `application` and `passwordCredential`.
///
/// Source: Microsoft Graph v1.0, resources `application` and `passwordCredential`.
extension DirectoryApplication {
  /// What is read of an application.
  static let properties = ["id", "appId", "displayName", "signInAudience", "passwordCredentials"]

  /// An application with this client id; nil where the value is something else.
  ///
  /// Every credential must be readable as far as its key id goes: one that was passed over would
  /// look like one that is gone.
  init?(_ value: GraphValue, clientID: String) {
    guard let objectID = value["id"]?.guid,
      value["appId"]?.text?.lowercased() == clientID.lowercased(),
      let credentials = value["passwordCredentials"]?.list
    else { return nil }
    var passwords: [DirectoryPassword] = []
    for credential in credentials {
      guard let password = DirectoryPassword(credential) else { return nil }
      passwords.append(password)
    }
    self.init(
      objectID: objectID, displayName: value["displayName"]?.text ?? clientID,
      passwords: passwords)
  }
}

extension DirectoryPassword {
  /// A credential, with nil for dates that can't be read; nil without a key id.
  init?(_ value: GraphValue) {
    guard let keyID = value["keyId"]?.guid else { return nil }
    self.init(
      keyID: keyID,
      displayName: value["displayName"]?.text
        ?? value["customKeyIdentifier"]?.text.flatMap(Self.oldDisplayName),
      hint: value["hint"]?.text, startsAt: value["startDateTime"]?.instant,
      expiresAt: value["endDateTime"]?.instant)
  }

  /// The description of a secret from before there were display names.
  ///
  /// It was stored in Base64; the programs of that time wrote UTF-8, UTF-16 with a mark in front
  /// (Azure CLI) and UTF-16 without one.
  private static func oldDisplayName(_ base64: String) -> String? {
    guard let data = Data(base64Encoded: base64), !data.isEmpty else { return nil }
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      return String(data: data, encoding: .utf16)
    }
    let isWide = data.count.isMultiple(of: 2) && data[data.startIndex + 1] == 0
    return String(data: data, encoding: isWide ? .utf16LittleEndian : .utf8)
  }
}

extension ClientSecret {
  /// The longest value that is taken, in characters; Microsoft's have 16 to 64.
  private static let longestValue = 512

  /// What addPassword returned; nil where anything is missing that makes it a client secret.
  init?(_ value: GraphValue) {
    guard let keyID = value["keyId"]?.guid, let expiresAt = value["endDateTime"]?.instant,
      let text = value["secretText"]?.text, text.utf8.count <= Self.longestValue,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    self.init(
      keyID: keyID, startsAt: value["startDateTime"]?.instant, expiresAt: expiresAt,
      source: .graph, value: SecretValue(text))
  }
}
