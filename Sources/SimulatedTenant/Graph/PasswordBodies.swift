import Foundation

/// The body of `addPassword`; everything in it may be left out.
struct AddPasswordBody: Sendable {
  var displayName: String?
  var startsAt: Date?
  var expiresAt: Date?

  private struct Wire: Decodable {
    struct Credential: Decodable {
      var displayName: String?
      var startDateTime: String?
      var endDateTime: String?
    }
    var passwordCredential: Credential?
  }

  init(_ body: Data) throws(GraphFailure) {
    guard !body.isEmpty else { return }
    let wire: Wire
    do {
      wire = try JSONDecoder().decode(Wire.self, from: body)
    } catch {
      throw .unreadableBody
    }
    displayName = wire.passwordCredential?.displayName
    startsAt = try Self.date(wire.passwordCredential?.startDateTime)
    expiresAt = try Self.date(wire.passwordCredential?.endDateTime)
  }

  private static func date(_ text: String?) throws(GraphFailure) -> Date? {
    guard let text else { return nil }
    guard let date = WireTime.parse(text) else {
      throw GraphFailure(
        400, "BadRequest",
        "Cannot convert the literal '\(text)' to the expected type 'Edm.DateTimeOffset'.")
    }
    return date
  }
}

/// The body of `removePassword`.
struct RemovePasswordBody: Sendable {
  /// The Secret ID, in lower case.
  let keyID: String

  private struct Wire: Decodable {
    var keyId: String?
  }

  init(_ body: Data) throws(GraphFailure) {
    let wire: Wire
    do {
      wire = try JSONDecoder().decode(Wire.self, from: body)
    } catch {
      throw .unreadableBody
    }
    let text = wire.keyId ?? ""
    guard let id = UUID(uuidString: text) else {
      throw GraphFailure(
        400, "BadRequest",
        "Cannot convert the literal '\(text)' to the expected type 'Edm.Guid'.")
    }
    keyID = id.uuidString.lowercased()
  }
}
