import Foundation

/// What is counted of a tenant, in one line for all of its pictures.
struct TenantCounts {
  let tenant: AuthorizationServer
  /// How far ahead ends are counted, in words.
  let span: String

  /// The finding; `told` says of how many of a group's ends people are told one by one, and of how many
  /// more by connections.
  func finding(
    _ summaries: [TenantSummary],
    told: (ObservedKind, CredentialKind) -> (listed: Int, own: Int)
  ) -> Finding {
    var more = 0
    func ends(_ count: Int, _ kind: ObservedKind, _ credential: CredentialKind) -> String {
      let (listed, own) = told(kind, credential)
      let rest = max(0, count - listed - own)
      more += rest
      return "\(count) lose their last \(credential.word) within \(span)"
        + (rest > 0 ? " (\(listed) are listed)" : "")
    }
    let sentences = summaries.map { summary in
      var parts: [String] = [ends(summary.ending, summary.kind, .secret)]
      if summary.ended > 0 { parts.append("\(summary.ended) have none left that lives") }
      if summary.long > 0 { parts.append("\(summary.long) have one of more than 24 months") }
      if summary.crowded > 0 { parts.append("\(summary.crowded) have more than two") }
      if let certificates = summary.certificates {
        parts.append(ends(certificates.ending, summary.kind, .certificate))
        if certificates.ended > 0 { parts.append("\(certificates.ended) have none that lives") }
      }
      let own = summary.kind == .application ? "" : " with credentials of their own"
      return "of \(summary.applications) \(summary.kind.words)\(own) "
        + parts.joined(separator: ", ")
    }
    return Finding(
      code: .observed, severity: more > 0 ? .warning : .ok,
      message: "\(tenant.name): \(sentences.joined(separator: "; "))",
      remedy: "look through them: keyturn apps --tenant \(tenant.name) --expiring \(span)",
      tenant: tenant.name)
  }
}
