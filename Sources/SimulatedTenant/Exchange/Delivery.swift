/// What happens to an answer after the tenant has done what was asked.
///
/// A caller without a network maps each case to the failure that its client would see.
public enum Delivery: Sendable, Equatable {
  /// The answer arrives whole.
  case normal
  /// The effect has happened; the connection is closed before the first byte of the answer.
  case connectionClosed
  /// The connection is closed after the body, which is shorter than the length it promised.
  case truncated(promisedLength: Int)
  /// Half of the body arrives, within its compression where it is compressed, and looks whole to
  /// HTTP.
  case cutShort
  /// In place of the body, this many bytes arrive.
  case huge(bytes: Int)
  /// The answer arrives whole after this many seconds.
  case delayed(seconds: Double)
}
