import Foundation

/// What a rotation writes into a new secret's display name, so that a later run can find it.
///
/// `kt-<4 of the installation's id>-<6 of an attempt's id>`: it says whose secret it is and nothing
/// about its value.
enum Marker {
  /// The marker of an attempt.
  static func make(storeID: String, attempt id: String) -> String {
    "kt-\(storeID.prefix(4))-\(id.suffix(6))"
  }

  /// The display name of a secret: what people read, and the marker at its end.
  static func displayName(_ name: String, _ marker: String) -> String {
    "\(name) · \(marker)"
  }

  /// The marker at the end of a display name, if there is one.
  static func find(in displayName: String?) -> String? {
    guard var rest = displayName?[...] else { return nil }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    guard isMarker(rest.utf8.suffix(shape.count)) else { return nil }
    let word = rest.suffix(shape.count)
    guard word.utf8.count == shape.count else { return nil }
    rest.removeLast(shape.count)
    return rest.last?.isWhitespace ?? true ? String(word) : nil
  }

  /// A marker with `0` for each of its digits.
  private static let shape = Array("kt-0000-000000".utf8)

  private static func isMarker(_ bytes: Substring.UTF8View) -> Bool {
    bytes.count == shape.count
      && zip(bytes, shape).allSatisfy { byte, expected in
        guard expected == UInt8(ascii: "0") else { return byte == expected }
        return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }

  /// Whether a marker was made by an installation.
  static func belongs(_ marker: String, to storeID: String) -> Bool {
    marker.hasPrefix("kt-\(storeID.prefix(4))-")
  }
}

extension DirectoryPassword {
  /// The marker in its display name.
  var marker: String? { Marker.find(in: displayName) }
}

extension Leftover {
  /// Whether it is the secret that Graph shows.
  func isShown(as password: DirectoryPassword) -> Bool {
    if password.begins(like: hint) == false { return false }
    return keyID == password.keyID || (marker != nil && marker == password.marker)
  }
}

extension ConsumerRecord {
  /// The secrets that the record holds.
  var slots: [ClientSecret] { [current, previous, pending].compactMap { $0 } }

  /// Whether one of the record's secrets is the one that Graph shows.
  ///
  /// A secret that was given by hand is known by its first characters: the key id that was given with it,
  /// if there was one, may be another secret's. The marker that its rotation asked for says less still:
  /// the value that was pasted may be that of another secret.
  func holds(_ password: DirectoryPassword) -> Bool {
    slots.contains { secret in
      if secret.isIdentified { return secret.keyID == password.keyID }
      if let isAlike = password.begins(like: secret.hint) { return isAlike }
      if let keyID = secret.keyID { return keyID == password.keyID }
      return secret.marker != nil && secret.marker == password.marker
    }
  }

  /// The attempt whose secret is about to be in a slot: of an open `begun`, or of a guided rotation
  /// whose value is unproven and may be replaced by what was really made.
  var openAttempt: Attempt? {
    switch rotation?.step {
    case .begun: attempts.last
    case .created: rotation?.mode == .guided ? attempts.last : nil
    default: nil
    }
  }

  /// What an attempt of this record made and nobody has the value of.
  ///
  /// An attempt that may still be under way is left out, and so is what is to be removed at a time of
  /// its own.
  func orphans(in application: DirectoryApplication) -> [DirectoryPassword] {
    var markers = Set(attempts.map(\.marker))
    if let openAttempt { markers.remove(openAttempt.marker) }
    return application.passwords.filter { password in
      password.marker.map(markers.contains) == true && !holds(password)
        && !leftovers.contains { $0.isShown(as: password) }
    }
  }
}
