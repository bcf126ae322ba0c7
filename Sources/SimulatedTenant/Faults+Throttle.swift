extension Faults {
  /// Throttling of the next requests to one service.
  public struct Throttle: Sendable, Codable, Equatable {
    /// How many requests are refused.
    public var count: Int
    /// The seconds in `Retry-After`; `nil` leaves the field out.
    public var retryAfter: Int?
    /// The status; 429 where it is `nil`, 503 and 504 for overload.
    public var status: Int?
    /// The error code; the most frequent one of the service where it is `nil`.
    public var code: String?

    /// Creates throttling of a number of requests.
    public init(count: Int, retryAfter: Int? = nil, status: Int? = nil, code: String? = nil) {
      self.count = count
      self.retryAfter = retryAfter
      self.status = status
      self.code = code
    }
  }

  /// Counts one write against the concurrency violations, and returns whether it is refused.
  mutating func takeConcurrencyViolation(ofAddition isAddition: Bool) -> Bool {
    if concurrencyViolations > 0 {
      concurrencyViolations -= 1
      return true
    }
    guard isAddition, additionViolations > 0 else { return false }
    additionViolations -= 1
    return true
  }

  /// Counts one request against a throttle, and returns the throttle if it refuses the request.
  mutating func take(_ throttle: WritableKeyPath<Faults, Throttle?>) -> Throttle? {
    guard let found = self[keyPath: throttle], found.count > 0 else { return nil }
    self[keyPath: throttle]?.count -= 1
    if found.count == 1 { self[keyPath: throttle] = nil }
    return found
  }
}
