extension Faults {
  /// A code with which the token endpoint refuses the next requests.
  public struct SignIn: Sendable, Codable, Equatable {
    /// The number after `AADSTS`.
    public var code: Int
    /// How many requests are refused; `nil` refuses all until the fault is taken away.
    public var count: Int?

    /// Creates a refusal with a code.
    public init(code: Int, count: Int? = nil) {
      self.code = code
      self.count = count
    }
  }

  /// Counts one request against the forced refusal, and returns its code if it is refused.
  mutating func takeSignInFailure() -> Int? {
    guard let failure = signInFailure else { return nil }
    guard let count = failure.count else { return failure.code }
    signInFailure = count > 1 ? SignIn(code: failure.code, count: count - 1) : nil
    return count > 0 ? failure.code : nil
  }
}
