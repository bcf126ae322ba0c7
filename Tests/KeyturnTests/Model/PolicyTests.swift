import Foundation
import Keyturn
import Testing

@Suite struct PolicyTests {
  @Test(arguments: [
    // Between two leap days both counts agree; across one, two years are a day more than 730 days.
    ("2025-03-01T00:00:00Z", "2027-03-01T00:00:00Z"),
    ("2026-11-22T02:10:00Z", "2028-11-21T02:10:00Z"),
    ("2027-02-28T00:00:00Z", "2029-02-27T00:00:00Z"),
    ("2023-03-01T00:00:00Z", "2025-02-28T00:00:00Z"),
    // From a leap day, two years on is 28 February, which is 730 days too.
    ("2024-02-29T00:00:00Z", "2026-02-28T00:00:00Z"),
  ])
  func `twenty-four months end when the earlier of both counts does`(start: String, end: String)
    throws
  {
    let start = try #require(Timestamp.parse(start))
    #expect(Timestamp.format(Policy().assumedEnd(start: start)) == end)
    #expect(Policy().assumedEnd(start: start) <= start.adding(.months(24)))
    #expect(Policy().assumedEnd(start: start) <= start.adding(.days(730)))
  }

  @Test(arguments: [
    (CalendarPeriod.months(12), "2027-11-22"), (.months(6), "2027-05-22"),
    (.days(180), "2027-05-21"), (.months(36), "2029-11-21"),
  ])
  func `other lifetimes are counted as they are written`(lifetime: CalendarPeriod, end: String) {
    var policy = Policy()
    policy.lifetime = lifetime
    #expect(Timestamp.day(policy.assumedEnd(start: SimulatedWorld.night)) == end)
  }

  @Test(arguments: [
    (91.0, Severity?.none), (90.01, nil), (90, .warning), (89, .warning), (7.01, .warning),
    (7, .critical), (1, .critical), (0, .critical), (-30, .critical),
  ])
  func `the end of a secret is worth more the nearer it is`(days: Double, severity: Severity?) {
    #expect(Policy().severity(ofEnd: .night(days), at: .night(0)) == severity)
  }

  @Test func `critical needs no warning before it`() {
    var policy = Policy()
    policy.warnBefore = [.days(3)]
    policy.criticalBefore = .days(30)
    #expect(policy.severity(ofEnd: .night(20), at: .night(0)) == .critical)
    // Whatever is worth a word is worth looking at.
    #expect(policy.firstWarning(before: .night(20)) == .night(-10))
  }

  @Test func `warnings come earliest first`() {
    let days = Policy().warnings(before: .night(100)).map { $0.daysLeft(from: .night(0)) }
    #expect(days == [10, 40, 70, 86, 93, 97, 99])
    #expect(Policy().firstWarning(before: .night(100)) == .night(10))
  }

  @Test func `without any threshold the end itself is the first word`() {
    var policy = Policy()
    policy.warnBefore = []
    policy.criticalBefore = .days(0)
    #expect(policy.firstWarning(before: .night(5)) == .night(5))
    #expect(policy.severity(ofEnd: .night(5), at: .night(4.99)) == nil)
    #expect(policy.severity(ofEnd: .night(5), at: .night(5)) == .critical)
  }

  @Test func `a validation holds for the policy's time`() {
    var secret = ClientSecret.sample(.old)
    #expect(Policy().nextValidation(of: secret) == .distantPast)
    secret.validatedAt = .night(0)
    #expect(Policy().nextValidation(of: secret) == .night(20 / 24))
    secret.failure = CallFailure.unreachable.remembered(at: .night(0))
    #expect(Policy().nextValidation(of: secret) == .distantPast)
  }

  @Test func `where there is no value nothing is validated`() {
    #expect(Policy().nextValidation(of: nil) == nil)
    #expect(Policy().nextValidation(of: .sample(nil)) == nil)
  }
}
