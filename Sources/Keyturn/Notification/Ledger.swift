import Foundation

/// What was found, who was told, and what is still owed: everything that a night has to know to tell
/// each thing once.
public struct Ledger: Sendable, Equatable {
  /// A finding that is not over.
  public struct OpenFinding: Sendable, Equatable {
    /// As the newest night found it.
    public var finding: Finding
    /// When it was found first.
    public var since: Date
    /// Since when nights have not found it, where that may be chance; nil while they do.
    public var missingSince: Date?

    /// A finding as it was read from the ledger.
    public init(finding: Finding, since: Date, missingSince: Date? = nil) {
      self.finding = finding
      self.since = since
      self.missingSince = missingSince
    }
  }

  /// That an audience was told something, or is going to be.
  public struct Notice: Sendable, Equatable {
    public var audience: Audience
    public var key: FindingKey
    public var stage: String
    public var severity: Severity
    public var at: Date
    /// The message that carries it.
    public var message: String
    /// Whether that was delivered.
    public var isDelivered: Bool

    /// A notice as it was read from the ledger.
    public init(
      audience: Audience, key: FindingKey, stage: String, severity: Severity, at: Date,
      message: String, isDelivered: Bool = false
    ) {
      self.audience = audience
      self.key = key
      self.stage = stage
      self.severity = severity
      self.at = at
      self.message = message
      self.isDelivered = isDelivered
    }
  }

  /// A message that is not known to be delivered.
  public struct OwedMessage: Sendable, Equatable {
    public var message: Message
    public var audience: Audience
    /// Whether it may have been taken: then it is sent again as it is, under the same id.
    public var isUncertain: Bool
    /// How many tries in a row have failed, those of the messages before it included.
    public var failures: Int
    public var failingSince: Date?
    /// Before this instant it is not tried again.
    public var nextTryAt: Date
    /// Why the newest try failed.
    public var lastError: String?

    /// A message that was not tried yet, or goes on where another one failed.
    public init(
      message: Message, audience: Audience, isUncertain: Bool = true, failures: Int = 0,
      failingSince: Date? = nil, nextTryAt: Date, lastError: String? = nil
    ) {
      self.message = message
      self.audience = audience
      self.isUncertain = isUncertain
      self.failures = failures
      self.failingSince = failingSince
      self.nextTryAt = nextTryAt
      self.lastError = lastError
    }
  }

  public var open: [OpenFinding]
  /// The notices about open findings.
  public var notices: [Notice]
  public var owed: [OwedMessage]
  /// By the connection's name.
  public var snoozes: [String: Snooze]
  /// When each route delivered last.
  public var deliveries: [String: Date]

  /// A ledger as it was read; by default the one of a new installation.
  public init(
    open: [OpenFinding] = [], notices: [Notice] = [], owed: [OwedMessage] = [],
    snoozes: [String: Snooze] = [:], deliveries: [String: Date] = [:]
  ) {
    self.open = open
    self.notices = notices
    self.owed = owed
    self.snoozes = snoozes
    self.deliveries = deliveries
  }

  /// The snooze of a connection, if it is not over.
  public func snooze(of connection: String?, at now: Date) -> Snooze? {
    connection.flatMap { snoozes[$0] }.flatMap { $0.until > now ? $0 : nil }
  }

  /// The routes that fail, with the worst of their audiences.
  public var failing: [OwedMessage] {
    let failed = owed.filter { $0.failures > 0 }
    return Dictionary(grouping: failed, by: \.audience.route).values
      .compactMap { $0.max { $0.failures < $1.failures } }
      .sorted { $0.audience.route < $1.audience.route }
  }

  /// How the messages of each route fare.
  public func states(of routes: [Route]) -> [RouteState] {
    let failing = failing
    return routes.map { route in
      let worst = failing.first { $0.audience.route == route.name }
      return RouteState(
        name: route.name, deliveredAt: deliveries[route.name], failures: worst?.failures ?? 0,
        failingSince: worst?.failingSince)
    }
  }
}

/// What one night changes in the ledger; all of it is written in one transaction.
public struct LedgerChange: Sendable, Equatable {
  /// Findings that are new, or not what they were.
  public var opened: [Ledger.OpenFinding] = []
  /// Findings that are over; with them go their notices.
  public var closed: [FindingKey] = []
  /// Messages to be sent.
  public var messages: [Ledger.OwedMessage] = []
  public var notices: [Ledger.Notice] = []
  /// Messages that are not sent any more, because a newer one says what they said, or nobody waits for
  /// them.
  public var superseded: [String] = []
  public var at: Date

  /// A night that changes nothing.
  public init(at: Date) {
    self.at = at
  }
}

/// How one try to deliver a message ended.
public struct DeliveryAttempt: Sendable, Equatable {
  /// The message's id.
  public var message: String
  public var at: Date
  /// What the receiver said; nil where it has not taken the message.
  public var receipt: String?
  public var failures: Int = 0
  public var failingSince: Date?
  public var isUncertain = false
  public var nextTryAt: Date?
  public var lastError: String?

  /// A message that was taken.
  public init(delivered message: String, at: Date, receipt: String) {
    self.message = message
    self.at = at
    self.receipt = receipt
  }

  /// A message that was not taken, or may not have been.
  public init(_ failure: DeliveryFailure, of owed: Ledger.OwedMessage, at: Date) {
    message = owed.message.id
    self.at = at
    failures = owed.failures + 1
    failingSince = owed.failingSince ?? at
    isUncertain = failure.outcome == .uncertain
    let wait = max(Self.pause(after: failures), failure.retryAfter ?? 0)
    nextTryAt = at.addingTimeInterval(min(wait, Self.longestPause))
    lastError = failure.message
  }

  /// A night comes a little less than a day after the one before, and is never to be left out.
  private static let longestPause: TimeInterval = 20 * 3_600

  /// 20 minutes, 40, 80 … up to 20 hours.
  private static func pause(after failures: Int) -> TimeInterval {
    min(1_200 * pow(2, Double(min(failures, 10) - 1)), longestPause)
  }
}
