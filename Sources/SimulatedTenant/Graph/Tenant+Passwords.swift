import Foundation

/// `addPassword` and `removePassword`.
///
/// See <https://learn.microsoft.com/graph/api/application-addpassword> and
/// <https://learn.microsoft.com/graph/api/application-removepassword>.
extension Tenant {
  /// Makes a secret; its lifetime is two calendar years where the request names no end.
  mutating func addPassword(
    at position: Int, for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let wish = try AddPasswordBody(request.body)
    let startsAt = wish.startsAt ?? now
    let expiresAt = wish.expiresAt ?? CivilTime(startsAt).adding(years: 2)
    let secret: IssuedSecret
    do {
      secret = try addSecret(
        at: position, displayName: wish.displayName, startsAt: startsAt, expiresAt: expiresAt)
    } catch {
      throw GraphFailure(error)
    }
    let context = graphContext("microsoft.graph.passwordCredential", for: request)
    return TenantResponse(
      status: 200,
      json: Self.passwordCredential(secret, showsValue: true)
        .prefixed(by: [("@odata.context", context)]),
      headers: graphHeaders(for: request))
  }

  /// Removes a secret, if the replica that serves the request shows it.
  mutating func removePassword(
    at position: Int, for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let keyID = try RemovePasswordBody(request.body).keyID
    if faults.removalFailsAfterAddition > 0, hasRecentAddition(at: position) {
      throw GraphFailure(
        500, "Service_InternalServerError", "Encountered an internal server error.")
    }
    let isShown = secretsShownByGraph(at: position).contains { $0.keyID == keyID }
    do throws(SecretRefusal) {
      guard isShown else { throw .unknownSecret }
      try removeSecret(at: position, keyID: keyID)
    } catch {
      throw GraphFailure(error, keyID: keyID)
    }
    var headers = graphHeaders(for: request)
    headers["Content-Type"] = nil
    return TenantResponse(status: 204, headers: headers)
  }

  private func hasRecentAddition(at position: Int) -> Bool {
    applications[position].history.contains {
      now.timeIntervalSince($0.issuedAt) < faults.removalFailsAfterAddition
    }
  }
}
