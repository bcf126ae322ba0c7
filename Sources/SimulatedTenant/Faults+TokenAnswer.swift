extension Faults {
  /// Something that the token endpoint sends in place of its answer.
  public struct TokenAnswer: Sendable, Codable, Equatable {
    /// What is sent.
    public enum Kind: String, Sendable, Codable, CaseIterable {
      /// A proxy's HTML page with status 200.
      case notJSON = "not_json"
      /// Half of the right answer.
      case truncated
      /// 100 MB.
      case huge
      /// A redirect to another origin.
      case redirect
      /// Status 200 without a body.
      case empty
      /// The right answer, late.
      case slow
      /// Nothing: the connection is closed.
      case closed
    }

    /// What is sent.
    public var kind: Kind
    /// How many requests are answered so; `nil` answers all so until the fault is taken away.
    public var count: Int?
    /// How late a slow answer is; 30 seconds where it is `nil`.
    public var seconds: Double?

    /// Creates an answer of a kind.
    public init(kind: Kind, count: Int? = nil, seconds: Double? = nil) {
      self.kind = kind
      self.count = count
      self.seconds = seconds
    }
  }

  /// Counts one request against the replaced answer, and returns it if it is sent.
  mutating func takeTokenAnswer() -> TokenAnswer? {
    guard let answer = tokenAnswer else { return nil }
    guard let count = answer.count else { return answer }
    tokenAnswer?.count = count - 1
    if count <= 1 { tokenAnswer = nil }
    return count > 0 ? answer : nil
  }
}
