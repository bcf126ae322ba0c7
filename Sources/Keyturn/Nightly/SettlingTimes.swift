import Foundation

/// How long new secrets took until they were accepted everywhere, from the rotations that are over.
public struct SettlingTimes: Sendable, Equatable {
  /// The median, in seconds.
  public var usual: TimeInterval
  /// The longest, in seconds.
  public var worst: TimeInterval
  public var count: Int

  /// The figures of so many seconds each; nil of none.
  public init?(_ seconds: [TimeInterval]) {
    let sorted = seconds.sorted()
    guard let worst = sorted.last else { return nil }
    usual = sorted[(sorted.count - 1) / 2]
    self.worst = worst
    count = sorted.count
  }
}

extension SettlingTimes: CustomStringConvertible {
  /// "usually takes 12 s, 40 s at worst".
  public var description: String {
    let (usual, worst) = (Int(usual.rounded(.up)), Int(worst.rounded(.up)))
    return count == 1 || usual == worst
      ? "took \(worst) s the last time" : "usually takes \(usual) s, \(worst) s at worst"
  }
}
