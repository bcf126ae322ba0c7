import Foundation

/// What is known of a whole tenant at an instant: what status, reports and metrics show of it.
public struct TenantStanding: Sendable, Equatable {
  /// What is counted of objects of one kind.
  public struct Picture: Sendable, Equatable {
    public var kind: ObservedKind
    /// The newest complete picture; nil where there has been none yet.
    public var summary: TenantSummary?

    /// What is known of objects of a kind.
    public init(_ kind: ObservedKind, _ summary: TenantSummary?) {
      self.kind = kind
      self.summary = summary
    }
  }

  /// The end of an application's last credential of a kind, with what is to be said of it.
  public struct Ending: Sendable, Equatable {
    public var end: ObservedEnd
    public var finding: Finding

    /// An end, near or just passed.
    public init(end: ObservedEnd, finding: Finding) {
      self.end = end
      self.finding = finding
    }
  }

  /// The tenant's name in the configuration.
  public var name: String
  /// One for each kind of object that is observed, applications first.
  public var pictures: [Picture]
  /// How far ahead ends are counted: the first of the policy's warnings.
  public var span: CalendarPeriod
  /// What the newest night could not read, or that nothing was read yet; nil where all is known.
  public var trouble: Finding?
  /// Since when nights have not been able to read it; nil where the newest one could, or none has been.
  public var unreadableSince: Date?
  /// The closest ends, as many as one tenant has room for: those ahead in their order, then those
  /// behind, the newest first.
  public var endings: [Ending]
  /// What is counted, in one line; nil where nothing was read yet.
  public var counts: Finding?

  /// What is known of a tenant.
  public init(
    name: String, pictures: [Picture], span: CalendarPeriod, trouble: Finding? = nil,
    unreadableSince: Date? = nil, endings: [Ending] = [], counts: Finding? = nil
  ) {
    self.name = name
    self.pictures = pictures
    self.span = span
    self.trouble = trouble
    self.unreadableSince = unreadableSince
    self.endings = endings
    self.counts = counts
  }

  /// Everything that is open, worst first; the counts are the last one.
  public var findings: [Finding] {
    [trouble].compactMap { $0 } + endings.map(\.finding) + [counts].compactMap { $0 }
  }

  /// The worst of its findings.
  public var severity: Severity { .worst(findings.map(\.severity)) }

  /// When the oldest of its pictures was completed; nil where one is missing.
  public var readAt: Date? {
    let known = pictures.compactMap(\.summary?.readAt)
    return known.count == pictures.count ? known.min() : nil
  }

  /// The first end that is still ahead at `now`.
  public func nextEnd(after now: Date) -> Date? {
    endings.compactMap(\.end.at).filter { $0 > now }.min()
  }

  /// The sum of a count over everything that is observed; nil where nothing was read yet.
  public func total(_ count: (TenantSummary) -> Int) -> Int? {
    let summaries = pictures.compactMap(\.summary)
    return summaries.isEmpty ? nil : summaries.map(count).reduce(0, +)
  }

  /// Worst first; of the same severity, what ends first, and then what loses most.
  public func comesBefore(_ other: TenantStanding, at now: Date) -> Bool {
    if severity != other.severity { return severity.isWorse(than: other.severity) }
    let (end, othersEnd) = (nextEnd(after: now), other.nextEnd(after: now))
    if end != othersEnd { return end ?? .distantFuture < othersEnd ?? .distantFuture }
    return total(\.allEnding) ?? 0 > other.total(\.allEnding) ?? 0
  }
}

extension TenantSummary {
  /// How many lose their last credential of a kind within the warnings of the policy.
  public var allEnding: Int { ending + (certificates?.ending ?? 0) }
  /// How many have no living credential of a kind left.
  public var allEnded: Int { ended + (certificates?.ended ?? 0) }
}
