/// The one error that reaches a user: what happened, to what, why, and what to do next.
public struct KeyturnError: Error, Sendable, Equatable {
  /// What went wrong as a program sees it; the exit status depends on it alone.
  public enum Code: String, Sendable, CaseIterable {
    /// The command was called wrongly, or a question could not be asked.
    case usage
    /// A value that was given is refused.
    case badInput = "bad_input"
    /// A service did not answer, or answered with something it should not.
    case unavailable
    /// Something that should not be possible.
    case `internal`
    /// A file or folder can't be made or written.
    case cannotCreate = "cannot_create"
    /// The same command may succeed later: locked, throttled, or changed by somebody else.
    case tryAgain = "try_again"
    /// The machine or the tenant does not permit it.
    case notPermitted = "not_permitted"
    /// The configuration, the key or the database does not fit.
    case configuration
    /// The user left with Ctrl-C.
    case interrupted
  }

  public var code: Code
  /// One phrase that starts in lower case and has no final period; it names its subject.
  public var message: String
  /// What to do next, one line each, most useful first.
  public var hints: [String]

  /// Makes an error; text from outside must have been through `String.shown(upTo:)`.
  public init(_ code: Code, _ message: String, hints: [String] = []) {
    self.code = code
    self.message = message
    self.hints = hints
  }

  /// The message without the name in front, for a place where the name stands already.
  func message(without name: String) -> String {
    message.hasPrefix("\(name): ") ? String(message.dropFirst(name.count + 2)) : message
  }

  /// The same error, with `context` in front of its message ("magentrix-d365: …").
  public func about(_ context: String) -> KeyturnError {
    KeyturnError(code, "\(context): \(message)", hints: hints)
  }
}

extension KeyturnError: CustomStringConvertible {
  public var description: String {
    ([message] + hints.map { "hint: \($0)" }).joined(separator: "\n")
  }
}
