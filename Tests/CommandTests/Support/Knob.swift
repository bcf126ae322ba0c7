import SimulatedTenant
import Testing

/// One of the sandbox's knobs, turned to where something goes wrong for as long as it stays there.
struct Knob: Sendable, CustomTestStringConvertible {
  let name: String
  /// The finding codes by which a night tells of it; none where a night copes with it.
  let codes: Set<String>
  /// Whether keyturn takes it for a refusal that somebody has to lift, so that it leaves an open
  /// rotation to a person.
  let needsPerson: Bool
  /// Whether it is mixed with every other one in each run of the tests; the rest are its likes.
  let isMixed: Bool
  let turn: @Sendable (inout Faults) -> Void

  init(
    _ name: String, _ codes: Set<String> = [], needsPerson: Bool = false, isMixed: Bool = false,
    _ turn: @escaping @Sendable (inout Faults) -> Void
  ) {
    self.name = name
    self.codes = codes
    self.needsPerson = needsPerson
    self.isMixed = isMixed
    self.turn = turn
  }

  var testDescription: String { name }

  /// More often than any night asks.
  private static let always = 100_000

  static let all = graph + lists + policies + tokens + environment

  /// Two knobs that are turned together.
  struct Pair: Sendable, CustomTestStringConvertible {
    let first: Knob
    let second: Knob

    var testDescription: String { "\(first.name), and \(second.name)" }
  }

  /// Each pair of these, once.
  static func pairs(of knobs: [Knob]) -> [Pair] {
    knobs.indices.flatMap { first in
      knobs[(first + 1)...].map { Pair(first: knobs[first], second: $0) }
    }
  }

  private static let stuck: Set = ["rotation_stuck"]
  private static let unread: Set = ["rotation_stuck", "unreadable", "validation_failed"]

  private static let graph = [
    Knob("reads lag by ten minutes", unread, isMixed: true) { $0.readStaleness = 600 },
    Knob("reads go backwards", unread, isMixed: true) { $0.flapping = true },
    Knob("one addition conflicts") { $0.additionViolations = 1 },
    Knob("one write conflicts") { $0.concurrencyViolations = 1 },
    Knob("two writes conflict as 503") {
      $0.concurrencyViolations = 2
      $0.concurrencyViolationStatus = 503
    },
    Knob("every write conflicts", stuck, isMixed: true) { $0.concurrencyViolations = always },
    Knob("three calls to Graph are throttled") {
      $0.graphThrottle = Faults.Throttle(count: 3, retryAfter: 7)
    },
    Knob("Graph throttles everything", unread, isMixed: true) {
      $0.graphThrottle = Faults.Throttle(count: always, retryAfter: 60)
    },
    Knob("one answer is lost", isMixed: true) { $0.lostAnswers = 1 },
    Knob("every answer is lost", ["rotation_stuck", "orphan"], isMixed: true) {
      $0.lostAnswers = always
    },
    Knob("removals fail for two days", stuck, isMixed: true) {
      $0.removalFailsAfterAddition = 2 * 86_400
    },
    Knob("one update is lost", ["rotation_stuck", "orphan", "leftover"], isMixed: true) {
      $0.lostUpdates = 1
    },
    Knob("writes are forbidden", stuck, needsPerson: true, isMixed: true) {
      $0.writesForbidden = true
    },
  ]

  /// What goes wrong with lists does not concern a night that reads its connections alone.
  private static let lists =
    Faults.PageAnswer.Kind.allCases.map { kind in
      Knob("a page of a list is \(kind.rawValue)") {
        $0.pageAnswer = Faults.PageAnswer(kind: kind, page: 1)
      }
    }
    + [
      Knob("dates in lists are none") { $0.oddDates = true },
      Knob("an application has a thousand secrets") { $0.extraCredentials = 1000 },
      Knob("service principals are forbidden") { $0.principalsForbidden = true },
      Knob("owners are forbidden") { $0.ownersForbidden = true },
      Knob("last sign-ins have no report") { $0.signInReportMissing = true },
      Knob("a delta omits credentials") { $0.deltaOmitsCredentials = true },
      Knob("delta links are forgotten") { $0.deltaTokensForgotten = true },
    ]

  private static let policies = [
    Knob("a policy forbids secrets", ["policy_conflict"], isMixed: true) {
      $0.secretsForbidden = true
    },
    Knob("a policy allows 90 days", isMixed: true) { $0.maximumLifetimeDays = 90 },
    Knob("the application is too large", ["policy_conflict"]) { $0.objectTooLarge = true },
  ]

  private static let tokens =
    [
      Knob("two token calls are throttled") {
        $0.tokenThrottle = Faults.Throttle(count: 2, retryAfter: 5)
      },
      Knob("the token service throttles everything", unread) {
        $0.tokenThrottle = Faults.Throttle(count: always, retryAfter: 60)
      },
      Knob("the token service is overloaded", unread, isMixed: true) {
        $0.signInFailure = Faults.SignIn(code: 90_033)
      },
      Knob("the token service refuses the value", unread.union(["refused"])) {
        $0.signInFailure = Faults.SignIn(code: 7_000_215)
      },
      Knob("the token service does not know the application", unread) {
        $0.signInFailure = Faults.SignIn(code: 700_016)
      },
      Knob("descriptions are old") { $0.oldDescriptions = true },
      Knob("tokens live for two minutes") { $0.tokenLifetime = 120 },
      Knob("tokens are good for one request") { $0.tokenUses = 1 },
      Knob("Graph allows ten resource units") { $0.resourceUnitLimit = 10 },
    ]
    + Faults.TokenAnswer.Kind.allCases.map { kind in
      Knob(
        "token answers are \(kind.rawValue)", unread, needsPerson: kind == .redirect
      ) { $0.tokenAnswer = Faults.TokenAnswer(kind: kind) }
    }

  private static let environment = [
    Knob("Dataverse throttles everything", unread) {
      $0.dataverseThrottle = Faults.Throttle(count: always, retryAfter: 30)
    },
    Knob("the application user is missing", unread, isMixed: true) {
      $0.applicationUserMissing = true
    },
    Knob("another environment answers", ["identity_changed"], isMixed: true) {
      $0.environmentChanged = true
    },
  ]
}
