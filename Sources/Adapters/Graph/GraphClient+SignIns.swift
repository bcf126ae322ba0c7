import Foundation
import Keyturn

extension GraphClient {
  private static let permission = "AuditLog.Read.All"
  private static let purpose = "reading sign-ins from Microsoft Graph"

  public func newestSignIn(
    keyID: String, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> CredentialSignIn? {
    // The report of credentials is beta and not in every cloud; the log of sign-ins is older.
    switch try await list(Self.activities(keyID), for: caller) {
    case .elements(let values):
      return try newest(
        of: values.filter { $0["keyId"]?.text?.lowercased() == keyID.lowercased() }
          .map(CredentialUse.init(activity:)))
    case .refused(let answer) where [400, 403, 404].contains(answer.status): break
    case .refused(let answer): throw answer.failure
    }
    // The newest come first, so that one page that is not empty is enough.
    switch try await list(Self.signIns(keyID), for: caller, isEnough: { !$0.isEmpty }) {
    case .elements(let values):
      return try newest(
        of: values.filter {
          $0["servicePrincipalCredentialKeyId"]?.text?.lowercased() == keyID.lowercased()
        }.map(CredentialUse.init(signIn:)))
    case .refused(let answer) where [400, 404].contains(answer.status):
      throw answer.failure(without: "evidence of sign-ins")
    case .refused(let answer): throw answer.failure
    }
  }

  /// Source: Microsoft Graph beta, "List appCredentialSignInActivities".
  private static func activities(_ keyID: String) -> GraphCall {
    GraphCall(
      purpose: purpose, version: "beta", path: "reports/appCredentialSignInActivities",
      query: "$filter=\(GraphCall.encode("keyId eq "))\(GraphCall.literal(keyID))",
      permission: permission)
  }

  /// Source: Microsoft Graph beta, "List signIns"; v1.0 knows sign-ins of people only.
  private static func signIns(_ keyID: String) -> GraphCall {
    let kind = "signInEventTypes/any(t: t eq 'servicePrincipal')"
    let filter = GraphCall.encode("\(kind) and servicePrincipalCredentialKeyId eq ")
    return GraphCall(
      purpose: purpose, version: "beta", path: "auditLogs/signIns",
      query: "$filter=\(filter)\(GraphCall.literal(keyID))&$top=20", permission: permission)
  }

  /// The newest use; throws where one can't be dated, because it may be the newest.
  private func newest(of uses: [CredentialUse]) throws(DirectoryFailure) -> CredentialSignIn? {
    var newest: CredentialSignIn?
    for use in uses {
      switch use {
      case .never: break
      case .signIn(let signIn):
        if newest.map({ signIn.at > $0.at }) ?? true { newest = signIn }
      case .undated:
        throw DirectoryFailure(
          .later(retryAfter: nil), "\(Self.purpose): there is a sign-in without a date",
          remedy: "look it up in the portal: Enterprise applications > Sign-in logs")
      }
    }
    return newest
  }
}

/// What one row of a report says about a client secret.
private enum CredentialUse {
  case never
  case signIn(CredentialSignIn)
  case undated

  /// Source: Microsoft Graph beta, resources `appCredentialSignInActivity` and `signInActivity`.
  init(activity row: GraphValue) {
    let dates = [
      "lastSignInDateTime", "lastNonInteractiveSignInDateTime", "lastSuccessfulSignInDateTime",
    ].compactMap { row["signInActivity"]?[$0] }
    // .NET's first instant stands for "never".
    let real = dates.filter { $0.text?.hasPrefix("0001-01-01") != true }
    let instants = real.compactMap(\.instant)
    guard instants.count == real.count else {
      self = .undated
      return
    }
    guard let at = instants.max() else {
      self = .never
      return
    }
    let resource = row["resourceId"]?.text?.lowercased()
    self = .signIn(CredentialSignIn(at: at, origin: resource.flatMap { Self.resources[$0] }))
  }

  /// Source: Microsoft Graph beta, resource `signIn`.
  init(signIn row: GraphValue) {
    guard let at = row["createdDateTime"]?.instant else {
      self = .undated
      return
    }
    let origin = [row["ipAddress"], row["resourceDisplayName"]]
      .compactMap { $0?.text?.shown(upTo: 80) }.joined(separator: ", ")
    self = .signIn(CredentialSignIn(at: at, origin: origin.isEmpty ? nil : origin))
  }

  /// Resources by their application id, the same in every tenant.
  private static let resources = [
    "00000007-0000-0000-c000-000000000000": "Dataverse",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
  ]
}
