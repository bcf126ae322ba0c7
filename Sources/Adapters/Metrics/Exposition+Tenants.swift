import Foundation
import Keyturn

extension Exposition {
  /// What is known of a tenant as a whole; of an application there is no series of its own, because a
  /// tenant may have a hundred thousand.
  mutating func addTenant(_ tenant: TenantStanding, at now: Date) {
    for severity in Severity.allCases {
      add(
        .tenantState, ["tenant": tenant.name, "state": severity.rawValue],
        count: severity == tenant.severity ? 1 : 0)
    }
    let counts = Dictionary(tenant.findings.map { (Kind($0), 1) }, uniquingKeysWith: +)
    for (kind, count) in counts.sorted(by: { $0.key < $1.key }) {
      add(
        .tenantFindings,
        [
          "tenant": tenant.name, "code": kind.code.rawValue, "severity": kind.severity.rawValue,
        ], count: count)
    }
    add(.tenantUnreadable, ["tenant": tenant.name], at: tenant.unreadableSince)
    add(.tenantNextEnd, ["tenant": tenant.name], at: tenant.nextEnd(after: now))
    for picture in tenant.pictures {
      guard let summary = picture.summary else { continue }
      addPicture(summary, of: tenant.name, picture.kind)
    }
  }

  private mutating func addPicture(
    _ summary: TenantSummary, of tenant: String, _ kind: ObservedKind
  ) {
    let labels: KeyValuePairs = ["tenant": tenant, "kind": kind.rawValue]
    add(.tenantRead, labels, at: summary.readAt)
    add(.tenantApplications, labels, count: summary.applications)
    add(.tenantSecrets, labels, count: summary.secrets)
    add(.tenantLong, labels, count: summary.long)
    add(.tenantCrowded, labels, count: summary.crowded)
    addEnds(tenant, kind, .secret, ending: summary.ending, ended: summary.ended)
    guard let certificates = summary.certificates else { return }
    addEnds(tenant, kind, .certificate, ending: certificates.ending, ended: certificates.ended)
  }

  private mutating func addEnds(
    _ tenant: String, _ kind: ObservedKind, _ credential: CredentialKind, ending: Int, ended: Int
  ) {
    let labels: KeyValuePairs = [
      "tenant": tenant, "kind": kind.rawValue, "credential": credential.rawValue,
    ]
    add(.tenantEnding, labels, count: ending)
    add(.tenantEnded, labels, count: ended)
  }
}
