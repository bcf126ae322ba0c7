import Foundation
import Keyturn

/// Records in every shape that the types allow, the same ones for the same seed.
struct RandomRecords {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  }

  mutating func record(storeID: String, version: Int) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: storeID, clientID: text())
    record.version = version
    record.current = maybe { $0.secret() }
    record.previous = maybe { $0.secret() }
    record.retireAfter = maybe { $0.date() }
    record.pending = maybe { $0.secret() }
    record.rotation = maybe { $0.rotation() }
    record.attempts = list { Attempt(marker: $0.text(), begunAt: $0.date()) }
    record.identity = maybe { ResourceIdentity(organizationID: $0.text(), userID: $0.text()) }
    return record
  }

  private mutating func secret() -> ClientSecret {
    ClientSecret(
      keyID: maybe { $0.text() }, hint: maybe { $0.text() }, startsAt: maybe { $0.date() },
      expiresAt: date(), source: pick([.recorded, .assumed, .graph]),
      value: maybe { SecretValue($0.text()) }, validatedAt: maybe { $0.date() },
      failure: maybe { $0.failure() }, marker: maybe { $0.text() })
  }

  private mutating func failure() -> ValidationFailure {
    ValidationFailure(
      kind: pick([.expired, .refused, .blocked, .unreachable]), at: date(), message: text(),
      remedy: text())
  }

  private mutating func rotation() -> Rotation {
    var rotation = Rotation(id: text(), mode: .guided, startedAt: date())
    rotation.step = pick(Rotation.Step.allCases)
    rotation.steppedAt = date()
    rotation.lastError = maybe { $0.text() }
    rotation.handOver = list { random in
      var handOver = HandOver(target: random.text(), secret: random.text(), at: random.date())
      handOver.state = random.pick([.open, .confirmed])
      handOver.by = random.maybe { $0.text() }
      return handOver
    }
    rotation.settledAfter = maybe { $0.fraction() * 600 }
    return rotation
  }

  // MARK: Chance

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func below(_ limit: Int) -> Int {
    Int(next() >> 11) % limit
  }

  private mutating func fraction() -> Double {
    Double(next() >> 11) / Double(1 << 53)
  }

  private mutating func pick<T>(_ choices: [T]) -> T {
    choices[below(choices.count)]
  }

  private mutating func maybe<T>(_ make: (inout RandomRecords) -> T) -> T? {
    below(3) == 0 ? nil : make(&self)
  }

  private mutating func list<T>(_ make: (inout RandomRecords) -> T) -> [T] {
    (0..<below(4)).map { _ in make(&self) }
  }

  /// From 1970 to 9999, down to fractions that no text form would keep.
  private mutating func date() -> Date {
    Date(timeIntervalSince1970: fraction() * 253_402_300_799)
  }

  private mutating func text() -> String {
    let letters: [Character] = [
      "a", "~", "\"", "\\", "'", "/", "\n", "\u{1B}", "\u{0}", "é", "e\u{301}", "漢", "👩‍👩‍👧",
      "\u{2028}",
    ]
    return String((0..<below(40)).map { _ in pick(letters) })
  }
}
