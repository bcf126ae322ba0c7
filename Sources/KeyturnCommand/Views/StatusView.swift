import Foundation
import Keyturn

/// What `status` shows, as text and as JSON.
struct StatusView: Encodable {
  struct Secret: Encodable {
    @Nullable var keyId: String?
    @Nullable var hint: String?
    @Nullable var startsAt: String?
    var expiresAt: String
    var daysLeft: Int
    /// Which share of its lifetime is ahead, from 0 to 1.
    var lifetimeLeft: Double
    @Nullable var validatedAt: String?
    @Nullable var retireAfter: String?
    var source: String

    init(_ secret: ClientSecret, at now: Date, retireAfter: Date? = nil) {
      keyId = secret.keyID
      hint = secret.hint
      startsAt = secret.startsAt?.stamp
      expiresAt = secret.expiresAt.stamp
      daysLeft = secret.expiresAt.daysLeft(from: now)
      // Where the start is not known, the bar still has to mean something.
      let start = secret.startsAt ?? secret.expiresAt.subtracting(.months(24))
      let whole = max(1, secret.expiresAt.timeIntervalSince(start))
      let share = min(1, max(0, secret.expiresAt.timeIntervalSince(now) / whole))
      lifetimeLeft = (share * 1_000).rounded() / 1_000
      validatedAt = secret.validatedAt?.stamp
      self.retireAfter = retireAfter?.stamp
      source = secret.source.rawValue
    }
  }

  struct HandOverState: Encodable {
    var target: String
    var state: String
    var since: String
    @Nullable var by: String?
  }

  struct RotationState: Encodable {
    var id: String
    var mode: String
    var step: String
    var startedAt: String
    /// When the step was reached.
    var steppedAt: String
    @Nullable var lastError: String?
    var handOver: [HandOverState]

    init(_ rotation: Rotation) {
      id = rotation.id
      mode = rotation.mode.rawValue
      step = rotation.step.rawValue
      startedAt = rotation.startedAt.stamp
      steppedAt = rotation.steppedAt.stamp
      lastError = rotation.lastError
      handOver = rotation.handOver.map {
        HandOverState(
          target: $0.target, state: $0.state.rawValue, since: $0.at.stamp, by: $0.by)
      }
    }
  }

  /// How long new secrets of the tenant took until they were accepted everywhere.
  struct Settling: Encodable {
    var count: Int
    var usualSeconds: Double
    var worstSeconds: Double
    private let text: String

    private enum CodingKeys: CodingKey { case count, usualSeconds, worstSeconds }

    init(_ times: SettlingTimes) {
      count = times.count
      usualSeconds = times.usual
      worstSeconds = times.worst
      text = "a new secret of this tenant \(times)"
    }

    var line: String { text }
  }

  struct Next: Encodable {
    @Nullable var at: String?
    var what: String
  }

  struct ConnectionState: Encodable {
    var name: String
    var tenant: String
    var clientId: String
    @Nullable var owner: String?
    var state: String
    /// Until when somebody silenced its warnings; what is critical is told all the same.
    @Nullable var snoozedUntil: String?
    @Nullable var snoozedBy: String?
    @Nullable var snoozeReason: String?
    var version: Int
    @Nullable var current: Secret?
    @Nullable var previous: Secret?
    @Nullable var pending: Secret?
    @Nullable var rotation: RotationState?
    var findings: [FindingView]
    var next: Next
    /// Only where one connection is asked for.
    var settling: Settling?
  }

  var asOf: String
  var state: String
  var findings: [FindingView]
  var connections: [ConnectionState]
  /// The tenants of which every application is observed.
  var tenants: [TenantView]

  /// What an overview shows; `settling` only where one connection is asked for.
  init(_ overview: Overview, settling: Bool = false) {
    let now = overview.asOf
    asOf = now.stamp
    state = overview.severity.rawValue
    tenants = overview.tenants.map { TenantView($0, at: now) }
    findings = overview.findings.map { FindingView($0, at: now) }
    connections = overview.entries.map { entry in
      var view = Self.connection(entry, at: now)
      if !settling { view.settling = nil }
      return view
    }
  }

  /// The view of one connection.
  static func connection(_ entry: Overview.Entry, at now: Date) -> ConnectionState {
    let (connection, record, next) = (entry.connection, entry.record, entry.judgement.next)
    return ConnectionState(
      name: connection.name, tenant: connection.server.name, clientId: connection.clientID,
      owner: connection.owner, state: entry.severity.rawValue,
      snoozedUntil: entry.snooze?.until.stamp, snoozedBy: entry.snooze?.by,
      snoozeReason: entry.snooze?.reason, version: record?.version ?? 0,
      current: record?.current.map { Secret($0, at: now) },
      previous: record?.previous.map { Secret($0, at: now, retireAfter: record?.retireAfter) },
      pending: record?.pending.map { Secret($0, at: now) },
      rotation: record?.rotation.map(RotationState.init),
      findings: entry.findings.map { FindingView($0, at: now) },
      next: Next(at: next.at?.stamp, what: next.what),
      settling: entry.settling.map(Settling.init))
  }
}

/// A finding as JSON has it.
struct FindingView: Encodable {
  @Nullable var connection: String?
  @Nullable var tenant: String?
  @Nullable var application: String?
  @Nullable var keyId: String?
  var code: String
  var severity: String
  var message: String
  var remedy: String
  @Nullable var expiresAt: String?
  @Nullable var daysLeft: Int?

  init(_ finding: Finding, at now: Date) {
    connection = finding.connection
    tenant = finding.tenant
    application = finding.application
    keyId = finding.keyID
    code = finding.code.rawValue
    severity = finding.severity.rawValue
    message = finding.message
    remedy = finding.remedy
    expiresAt = finding.expiresAt?.stamp
    daysLeft = finding.expiresAt?.daysLeft(from: now)
  }

  /// The finding in two lines: what is the case, and what to do; in more where they don't fit `width`.
  func lines(_ style: Style, width: Int = .max) -> [String] {
    let word = severity.uppercased()
    let subject = connection.map { "\($0) " } ?? ""
    var lines = "\(word): \(subject)\(message)".wrapped(toColumns: width, indent: 4)
    // Colours come last, for they have no width.
    lines[0] =
      style.colored(word, Severity(rawValue: severity) ?? .unknown) + lines[0].dropFirst(word.count)
    return lines + "  \(remedy)".wrapped(toColumns: width, indent: 4)
  }
}
