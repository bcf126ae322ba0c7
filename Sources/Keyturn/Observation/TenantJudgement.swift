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

  /// The ends that are told of one by one.
  private(set) var endings: [TenantStanding.Ending]
  /// What is only counted, in one line.
  private(set) var counts: Finding

  /// Everything that was found; the counts are the last one.
  var findings: [Finding] { endings.map(\.finding) + [counts] }

  /// The ends that are worth a word at `now`.
  static func window(_ policy: Policy, at now: Date) -> ClosedRange<Date> {
    now.subtracting(after)...now.adding(longest(policy))
  }

  /// How far ahead ends are counted.
  static func longest(_ policy: Policy) -> CalendarPeriod {
    policy.warnBefore.max { $0.approximateSeconds < $1.approximateSeconds }
      ?? policy.criticalBefore
  }

  /// What is told of one by one at most once, and counted together with its like.
  fileprivate struct Group: Hashable {
    var kind: ObservedKind
    var credential: CredentialKind
  }

  /// Judges a tenant by the counts of its pictures, and by those of its applications that may be due.
  ///
  /// Client secrets and certificates are judged each for itself: which of them is in use, nobody here
  /// knows. A connection looks after the client secrets of its application, and after nothing else.
  ///
  /// `told` has the applications of which people were told. Without it everything is listed that
  /// one tenant has room for: so it is for whoever looks, and is not told.
  init(
    tenant: AuthorizationServer, summaries: [TenantSummary], due: [ObservedEnd], own: Set<GUID>,
    told: Set<GUID>?, uses: [GUID: LastUse] = [:], tenants: Int, policy: Policy, at now: Date
  ) {
    let window = Self.window(policy, at: now)
    var seen: [Group: Set<GUID>] = [:]
    let inWindow = due.filter { item in
      guard let id = item.application.subject, let end = item.at, window.contains(end) else {
        return false
      }
      return seen[item.group, default: []].insert(id).inserted
    }
    let worth = inWindow.filter { !$0.isOwn(own) }
      .sorted { Self.distance($0, now) < Self.distance($1, now) }
    func isTold(_ item: ObservedEnd) -> Bool {
      item.application.subject.map { told?.contains($0) ?? false } ?? false
    }
    let most = Self.most(tenants: tenants)
    let old = worth.filter(isTold).prefix(most)
    let room = told == nil ? most : min(Self.newPerNight(tenants: tenants), most - old.count)
    let listed = old + Self.chosen(worth.filter { !isTold($0) }, room: room, at: now)
    endings = listed.map { item in
      let use = item.application.clientID.flatMap { uses[$0] }
      return TenantStanding.Ending(
        end: item, finding: Self.finding(about: item, use, in: tenant, at: now))
    }
    // What ends and is told of, here or by a connection, of each group.
    let ahead = Self.count(listed.filter { $0.isAhead(of: now) })
    let ownAhead = Self.count(inWindow.filter { $0.isOwn(own) && $0.isAhead(of: now) })
    counts = TenantCounts(tenant: tenant, span: Self.longest(policy).description).finding(
      summaries
    ) { kind, credential in
      let group = Group(kind: kind, credential: credential)
      return (ahead[group] ?? 0, ownAhead[group] ?? 0)
    }
  }

  private static func count(_ items: some Sequence<ObservedEnd>) -> [Group: Int] {
    items.reduce(into: [:]) { $0[$1.group, default: 0] += 1 }
  }

  /// The closest of those that nobody was told of, two thirds of them still to end: what has not happened
  /// can be prevented, and what has may be why something stands still.
  private static func chosen(
    _ items: [ObservedEnd], room: Int, at now: Date
  ) -> [ObservedEnd] {
    let ahead = items.filter { $0.isAhead(of: now) }
    let behind = items.filter { !$0.isAhead(of: now) }
    let ended = behind.prefix(max(room / 3, room - ahead.count))
    return Array(ahead.prefix(room - ended.count)) + ended
  }

  /// How far an end is away, before or behind.
  private static func distance(_ item: ObservedEnd, _ now: Date) -> TimeInterval {
    item.at.map { abs($0.timeIntervalSince(now)) } ?? .infinity
  }

  private static func finding(
    about item: ObservedEnd, _ use: LastUse?, in tenant: AuthorizationServer, at now: Date
  ) -> Finding {
    let (application, credential) = (item.application, item.credential)
    let end = item.at ?? now
    let day = Timestamp.day(end)
    let title = application.kind == .application ? "" : "the service principal "
    let name = "\(title)\(application.designation) in \(tenant.name)"
    let days = end.daysLeft(from: now)
    let left = days == 1 ? "in 1 day" : days == 0 ? "in less than a day" : "in \(days) days"
    let isOver = end <= now
    let code: Finding.Code =
      switch credential {
      case .secret: isOver ? .expired : .expiring
      case .certificate: isOver ? .certificateExpired : .certificateExpiring
      }
    let message =
      isOver
      ? "\(name) has no living \(credential.word): its last one expired on \(day)"
      : "\(name) has no younger \(credential.word) than the one that expires \(left), on \(day)"
    let remarks = [
      application.other(than: credential, at: now), use?.idle(since: application.firstStart),
    ]
    return Finding(
      application: application.subject?.description,
      keyID: application.keyID(of: credential, endingAt: end)?.description, code: code,
      severity: .warning,
      message: ([message] + remarks.compactMap { $0 }).joined(separator: "; "),
      remedy: remedy(item, in: tenant), expiresAt: end, tenant: tenant.name)
  }

  private static func remedy(_ item: ObservedEnd, in tenant: AuthorizationServer) -> String {
    let (application, id) = (item.application, item.application.clientID?.description ?? "")
    switch (application.kind, item.credential) {
    case (.application, .secret):
      let page = tenant.secretsPage(clientID: id)?.absoluteString
      return "if it is in use, put it under keyturn's care: keyturn connect \(id)"
        + (page.map { "; or renew it at \($0)" } ?? "")
    case (.application, .certificate):
      let page = tenant.secretsPage(clientID: id)?.absoluteString
      return "keyturn does not rotate certificates: if it is in use, upload a new one"
        + (page.map { " at \($0)" } ?? "")
    case (.servicePrincipal, .secret):
      return
        "keyturn rotates client secrets of applications only: if it is in use, renew it where it"
        + " was made, or with az ad sp credential reset --id \(application.objectID) --append"
    case (.servicePrincipal, .certificate):
      return "keyturn does not rotate certificates: if it is in use, renew it on the page Single"
        + " sign-on of the enterprise application, and at who trusts it"
    }
  }
}

extension ObservedEnd {
  fileprivate var group: TenantJudgement.Group {
    TenantJudgement.Group(kind: application.kind, credential: credential)
  }

  fileprivate func isAhead(of now: Date) -> Bool { at.map { $0 > now } ?? false }

  /// Whether a connection looks after it.
  fileprivate func isOwn(_ clientIDs: Set<GUID>) -> Bool {
    application.kind == .application && credential == .secret
      && application.clientID.map(clientIDs.contains) ?? false
  }
}

extension ObservedApplication {
  /// When the first of its credentials began; nil where it has none.
  fileprivate var firstStart: Date? {
    let starts = (secrets ?? []).map(\.startsAt) + (certificates ?? []).map(\.startsAt)
    return starts.compactMap { $0 }.min()
  }

  fileprivate func keyID(of credential: CredentialKind, endingAt end: Date) -> GUID? {
    switch credential {
    case .secret: secrets?.first { $0.expiresAt == end }?.keyID
    case .certificate: certificates?.first { $0.expiresAt == end }?.keyID
    }
  }

  /// What may be in use in place of a credential that ends.
  fileprivate func other(than credential: CredentialKind, at now: Date) -> String? {
    switch credential {
    case .secret:
      certificates?.contains { $0.isLiving(at: now) } ?? false
        ? "it has a living certificate as well" : nil
    case .certificate:
      living(at: now).isEmpty ? nil : "it has a living client secret as well"
    }
  }
}
