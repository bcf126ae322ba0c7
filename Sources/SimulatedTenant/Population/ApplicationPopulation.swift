public import Foundation

/// Very many applications that nobody has touched yet, of which nothing is kept but a seed.
///
/// What an application is follows from its number, and its number stands in its ids, so that a
/// hundred thousand of them take no memory. One that is changed becomes a ``RegisteredApplication``
/// of its tenant, and stays at its place in lists.
public struct ApplicationPopulation: Sendable {
  /// How many client secrets an application has.
  public enum Secrets: Sendable, Equatable {
    /// None to four, 2.5 on average.
    case usual
    /// Any number of a range, each as often.
    case between(ClosedRange<Int>)
  }

  /// The largest number of applications, far above any tenant's.
  public static let largestCount = 10_000_000

  /// How many applications there are.
  public let count: Int
  /// How many secrets each of them has.
  public let secrets: Secrets
  /// Unix time in seconds that lifetimes are counted from.
  let start: Int64
  let seed: UInt64

  private let objectNumbers: Renumbering
  private let clientNumbers: Renumbering
  let principalNumbers: Renumbering

  /// Describes applications.
  ///
  /// - Parameters:
  ///   - count: How many; at most ``largestCount``.
  ///   - seed: Decides everything about them.
  ///   - secrets: How many secrets each of them has.
  ///   - now: The moment for which some secrets have expired and others have not.
  public init(count: Int, seed: UInt64, secrets: Secrets = .usual, now: Date) {
    self.count = min(max(0, count), Self.largestCount)
    self.secrets = secrets
    self.seed = SplitMix64.mixed(seed &+ 0x706f_7075_6c61_7465)
    start = Int64(now.timeIntervalSince1970)
    objectNumbers = Renumbering(key: self.seed ^ 1)
    clientNumbers = Renumbering(key: self.seed ^ 2)
    principalNumbers = Renumbering(key: self.seed ^ 3)
  }

  /// How many secrets all of them have together.
  public var secretCount: Int { (0..<count).reduce(0) { $0 + self[$1].secretCount } }

  /// The application with a number.
  subscript(_ number: Int) -> GeneratedApplication {
    GeneratedApplication(number, in: self)
  }

  // MARK: - Ids

  func objectID(of number: Int) -> GUIDBits { id(number, objectNumbers, 1) }

  func appID(of number: Int) -> GUIDBits { id(number, clientNumbers, 2) }

  func servicePrincipalID(of number: Int) -> GUIDBits { id(number, principalNumbers, 3) }

  /// The number of the application with an object id.
  func number(objectID: GUIDBits) -> Int? {
    number(in: objectID, objectNumbers) { self.objectID(of: $0) }
  }

  /// The number of the application with a client id.
  func number(appID: GUIDBits) -> Int? {
    number(in: appID, clientNumbers) { self.appID(of: $0) }
  }

  /// The number is in the first eight digits, and the rest follows from it.
  private func id(_ number: Int, _ numbers: Renumbering, _ kind: UInt64) -> GUIDBits {
    let rest = SplitMix64.mixed(seed &+ UInt64(number) << 8 &+ kind)
    return GUIDBits(
      high: UInt64(numbers(UInt32(number))) << 32 | rest >> 32, low: SplitMix64.mixed(rest))
  }

  private func number(
    in id: GUIDBits, _ numbers: Renumbering, _ whole: (Int) -> GUIDBits
  ) -> Int? {
    let number = Int(numbers.original(of: UInt32(id.high >> 32)))
    return number < count && whole(number) == id ? number : nil
  }
}
