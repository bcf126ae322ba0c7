import Foundation

/// What the picture of a whole tenant is worth at an instant.
///
/// The alarm is about the secret in use: an application with a younger living client secret is none,
/// and one whose last one ends is told of mildly, because nobody here knows whether it is used at all.
/// Of a large tenant only the closest ends are told one by one; the rest is counted.
struct TenantJudgement {
  /// How many applications of one tenant a night tells of that it has not told of before: ten, and
  /// fewer where there are many tenants.
  static func newPerNight(tenants: Int) -> Int { max(1, min(10, 200 / max(1, tenants))) }

  /// How many applications of one tenant are told of one by one at most.
  static func most(tenants: Int) -> Int { max(3, min(100, 1_000 / max(1, tenants))) }

  /// For how long after its end an application is still told of; afterwards it is only counted.
  private static let after = CalendarPeriod.days(30)

  private(set) var findings: [Finding] = []

  /// The ends that are worth a word at `now`.
  static func window(_ policy: Policy, at now: Date) -> ClosedRange<Date> {
    let longest = policy.warnBefore.max { $0.approximateSeconds < $1.approximateSeconds }
    return now.subtracting(after)...now.adding(longest ?? policy.criticalBefore)
  }

  /// Judges a tenant by its counts and by those of its applications that may be due.
  init(
    tenant: AuthorizationServer, summary: TenantSummary, due: [ObservedApplication],
    own: Set<GUID>, told: Set<GUID>, tenants: Int, policy: Policy,
    at now: Date
  ) {
    let window = Self.window(policy, at: now)
    var seen: Set<GUID> = []
    let worth = due.filter { application in
      guard let id = application.clientID, let end = application.lastEnd, !own.contains(id),
        window.contains(end)
      else { return false }
      return seen.insert(id).inserted
    }.sorted { Self.distance($0, now) < Self.distance($1, now) }
    let old = worth.filter { $0.clientID.map(told.contains) ?? false }.prefix(
      Self.most(tenants: tenants))
    let new = worth.filter { !($0.clientID.map(told.contains) ?? false) }
    let room = min(Self.newPerNight(tenants: tenants), Self.most(tenants: tenants) - old.count)
    let listed = old + Self.chosen(new, room: room, at: now)
    findings = listed.map { Self.finding(about: $0, in: tenant, at: now) }
    let ahead = listed.count { $0.lastEnd.map { $0 > now } ?? false }
    let ownAhead = due.count { application in
      guard let id = application.clientID, let end = application.lastEnd else { return false }
      return own.contains(id) && end > now && window.contains(end)
    }
    findings.append(
      Self.digest(
        tenant, summary, policy, listed: ahead, more: summary.ending - ahead - ownAhead))
  }

  /// The closest of those that nobody was told of, two thirds of them still to end: what has not happened
  /// can be prevented, and what has may be why something stands still.
  private static func chosen(
    _ applications: [ObservedApplication], room: Int, at now: Date
  ) -> [ObservedApplication] {
    let ahead = applications.filter { $0.lastEnd.map { $0 > now } ?? false }
    let behind = applications.filter { $0.lastEnd.map { $0 <= now } ?? false }
    let ended = behind.prefix(max(room / 3, room - ahead.count))
    return Array(ahead.prefix(room - ended.count)) + ended
  }

  /// How far an end is away, before or behind.
  private static func distance(_ application: ObservedApplication, _ now: Date) -> TimeInterval {
    application.lastEnd.map { abs($0.timeIntervalSince(now)) } ?? .infinity
  }

  private static func finding(
    about application: ObservedApplication, in tenant: AuthorizationServer, at now: Date
  ) -> Finding {
    let end = application.lastEnd ?? now
    let day = Timestamp.day(end)
    let id = application.clientID?.description ?? ""
    let name = "\(application.designation) in \(tenant.name)"
    let page = tenant.secretsPage(clientID: id)?.absoluteString
    let days = end.daysLeft(from: now)
    let left = days == 1 ? "in 1 day" : days == 0 ? "in less than a day" : "in \(days) days"
    let isOver = end <= now
    return Finding(
      application: id, keyID: application.secrets?.first { $0.expiresAt == end }?.keyID.description,
      code: isOver ? .expired : .expiring, severity: .warning,
      message: isOver
        ? "\(name) has no living client secret: its last one expired on \(day)"
        : "\(name) has no younger client secret than the one that expires \(left), on \(day)",
      remedy: "if it is in use, put it under keyturn's care: keyturn connect \(id)"
        + (page.map { "; or renew it at \($0)" } ?? ""),
      expiresAt: end, tenant: tenant.name)
  }

  private static func digest(
    _ tenant: AuthorizationServer, _ summary: TenantSummary, _ policy: Policy, listed: Int,
    more: Int
  ) -> Finding {
    let longest = policy.warnBefore.max { $0.approximateSeconds < $1.approximateSeconds }
    let span = (longest ?? policy.criticalBefore).description
    var parts = ["\(summary.ending) lose their last client secret within \(span)"]
    if more > 0 { parts[0] += " (\(listed) are listed)" }
    if summary.ended > 0 { parts.append("\(summary.ended) have none left that lives") }
    if summary.long > 0 { parts.append("\(summary.long) have one of more than 24 months") }
    if summary.crowded > 0 { parts.append("\(summary.crowded) have more than two") }
    return Finding(
      code: .observed, severity: more > 0 ? .warning : .ok,
      message: "\(tenant.name): of \(summary.applications) applications "
        + parts.joined(separator: ", "),
      remedy: "look through them: keyturn apps --tenant \(tenant.name) --expiring \(span)",
      tenant: tenant.name)
  }
}
