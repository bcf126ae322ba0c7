import Foundation
import Keyturn

/// What is known of a whole tenant: its counts, and what was found.
struct TenantView: Encodable {
  struct Certificates: Encodable {
    var ending: Int
    var ended: Int
  }

  /// What is counted of objects of one kind; nothing but the kind where they were not read yet.
  struct Picture: Encodable {
    var kind: String
    @Nullable var readAt: String?
    @Nullable var applications: Int?
    @Nullable var secrets: Int?
    /// Those that lose their last living client secret within the tenant's ``TenantView/warnsWithin``.
    @Nullable var ending: Int?
    /// Those without a living client secret, which once had one.
    @Nullable var ended: Int?
    /// Those with a client secret of more than 24 months.
    @Nullable var long: Int?
    /// Those with more than two client secrets that have not ended.
    @Nullable var crowded: Int?
    /// The same of certificates; null where they are not read.
    @Nullable var certificates: Certificates?

    init(_ picture: TenantStanding.Picture) {
      let summary = picture.summary
      kind = picture.kind.rawValue
      readAt = summary?.readAt.stamp
      applications = summary?.applications
      secrets = summary?.secrets
      ending = summary?.ending
      ended = summary?.ended
      long = summary?.long
      crowded = summary?.crowded
      certificates = summary?.certificates.map { Certificates(ending: $0.ending, ended: $0.ended) }
    }
  }

  var name: String
  var state: String
  /// When the oldest of its pictures was completed; null where one is missing.
  @Nullable var readAt: String?
  @Nullable var unreadableSince: String?
  var warnsWithin: String
  var pictures: [Picture]
  /// Worst first; the counts are the last one.
  var findings: [FindingView]
  private let standing: TenantStanding
  private let now: Date

  private enum CodingKeys: CodingKey {
    case name, state, readAt, unreadableSince, warnsWithin, pictures, findings
  }

  init(_ standing: TenantStanding, at now: Date) {
    self.standing = standing
    self.now = now
    name = standing.name
    state = standing.severity.rawValue
    readAt = standing.readAt?.stamp
    unreadableSince = standing.unreadableSince?.stamp
    warnsWithin = standing.span.description
    pictures = standing.pictures.map(Picture.init)
    findings = standing.findings.map { FindingView($0, at: now) }
  }
}

extension TenantView {
  var severity: Severity { standing.severity }

  /// Worst first; of the same severity, what ends first.
  func comesBefore(_ other: TenantView) -> Bool { standing.comesBefore(other.standing, at: now) }

  /// What could not be read, unless nobody has tried yet.
  var trouble: FindingView? {
    guard readAt != nil || unreadableSince != nil else { return nil }
    return standing.trouble.map { FindingView($0, at: now) }
  }

  /// What is known in words, beside single applications: what could not be read, and the counts.
  func words(_ style: Style, width: Int) -> [String] {
    let trouble = standing.trouble.map { FindingView($0, at: now).lines(style, width: width) } ?? []
    guard let counts = standing.counts else { return trouble }
    return trouble
      + [counts.message, "  \(counts.remedy)"].flatMap {
        $0.wrapped(toColumns: width, indent: $0 == counts.message ? 2 : 4)
      }
  }

  /// The sum of a count over everything that is observed.
  func total(_ count: (TenantSummary) -> Int) -> Int? { standing.total(count) }

  /// The first end that is still ahead.
  var nextEnd: Date? { standing.nextEnd(after: now) }

  /// An application whose last credential of a kind ends soon, or has ended, as a table has it.
  struct Ending {
    var tenant: String
    var end: ObservedEnd
    var finding: FindingView
    /// Its name, with what ends where that is no client secret of an application.
    var title: String
    /// By what findings name it, and commands find it.
    var id: String
    var at: Date
  }

  var endings: [Ending] {
    standing.endings.map { ending in
      let application = ending.end.application
      let kinds = [
        application.kind == .servicePrincipal ? "service principal" : nil,
        ending.end.credential == .certificate ? "certificate" : nil,
      ].compactMap { $0 }
      let name = application.displayName.map { $0.shown(upTo: 60) } ?? ""
      return Ending(
        tenant: self.name, end: ending.end, finding: FindingView(ending.finding, at: now),
        title: name + (kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"),
        id: application.subject?.description ?? "", at: ending.end.at ?? now)
    }
  }
}
