import Foundation

/// How bad something is, in the words of the monitoring plugins' convention.
public enum Severity: String, Sendable, Codable, CaseIterable {
  case ok, warning, critical, unknown

  /// The exit status of `check` for it.
  public var exitStatus: Int32 {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }

  /// The order in which the worst wins: critical, unknown, warning, ok.
  private var weight: Int {
    switch self {
    case .ok: 0
    case .warning: 1
    case .unknown: 2
    case .critical: 3
    }
  }

  /// The worst of several; `ok` of none.
  public static func worst(_ severities: some Sequence<Severity>) -> Severity {
    severities.max { $0.weight < $1.weight } ?? .ok
  }

  /// Whether this one is to be listed before another.
  public func isWorse(than other: Severity) -> Bool {
    weight > other.weight
  }
}

/// One thing that somebody should know, and what to do about it.
public struct Finding: Sendable, Equatable {
  /// A stable word for what was found.
  public enum Code: String, Sendable, Codable, CaseIterable {
    case expiring, expired, refused, unreadable, unrecorded
    case certificateExpiring = "certificate_expiring"
    case certificateExpired = "certificate_expired"
    case validationFailed = "validation_failed"
    case handOverOpen = "hand_over_open"
    case rotationStuck = "rotation_stuck"
    case leftover, drifted, orphan, foreign
    case ownCredentialExpiring = "own_credential_expiring"
    case policyConflict = "policy_conflict"
    case identityChanged = "identity_changed"
    case lifetimeTooLong = "lifetime_too_long"
    case missedRun = "missed_run"
    case clockSetBack = "clock_set_back"
    case notificationFailed = "notification_failed"
    /// What is counted in a tenant whose every application is observed.
    case observed
  }

  /// The connection; nil for a finding about the whole run.
  public var connection: String?
  /// The application (client) id; of a service principal the object id.
  public var application: String?
  public var keyID: String?
  public var code: Code
  public var severity: Severity
  /// What is the case.
  public var message: String
  /// What to do.
  public var remedy: String
  public var expiresAt: Date?
  /// The route that does not deliver; nil for anything else.
  public var route: String?
  /// The tenant, for a finding about a tenant or an application that is no connection.
  public var tenant: String?
  /// The mail addresses of the owners of an application that is no connection, as far as they are known.
  public var owners: [String] = []

  /// A finding; its texts are safe to show.
  public init(
    connection: String? = nil, application: String? = nil, keyID: String? = nil, code: Code,
    severity: Severity, message: String, remedy: String, expiresAt: Date? = nil,
    route: String? = nil, tenant: String? = nil
  ) {
    self.connection = connection
    self.application = application
    self.keyID = keyID
    self.code = code
    self.severity = severity
    self.message = message
    self.remedy = remedy
    self.expiresAt = expiresAt
    self.route = route
    self.tenant = tenant
  }
}
