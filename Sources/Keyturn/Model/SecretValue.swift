/// A client secret's value, which cannot be printed by accident.
///
/// It is not `Codable`, and whatever prints it (interpolation, `dump`, a failed expectation)
/// shows `•••`. The places that call ``reveal()`` are few enough to be read one by one.
public struct SecretValue: Sendable, Hashable {
  private let value: String

  /// Wraps a value that was generated or pasted.
  public init(_ value: String) {
    self.value = value
  }

  /// The value itself, for the places that send it, seal it, or were asked to show it.
  public func reveal() -> String {
    value
  }

  /// The first three characters, which Microsoft Graph and the portal show as the secret's hint.
  ///
  /// Of a value that is shorter than any of theirs it is less, so that a hint is never the value.
  /// Source: the `hint` property of Microsoft Graph's `passwordCredential` resource.
  public var hint: String {
    String(value.prefix(min(3, value.count / 3)))
  }
}

extension SecretValue: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "•••" }
  public var debugDescription: String { "•••" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
