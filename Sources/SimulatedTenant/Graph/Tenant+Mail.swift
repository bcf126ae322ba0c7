import Foundation

/// `/users/{address}/sendMail`.
///
/// See <https://learn.microsoft.com/graph/api/user-sendmail>.
extension Tenant {
  /// How many mails are remembered.
  private static let mostMails = 1_000

  mutating func usersResponse(
    to request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard case .id(let address)? = collection.key, collection.rest == ["sendMail"] else {
      throw .unknownSegment(collection.rest.first ?? "users")
    }
    guard request.method == "POST" else { throw .methodNotAllowed }
    guard token.roles.contains("Mail.Send") else {
      throw GraphFailure(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }
    let from = address.lowercased()
    guard from.hasSuffix("@\(domain)") || mailboxes.contains(from) else {
      throw GraphFailure(404, "ErrorInvalidUser", "The requested user '\(address)' is invalid.")
    }
    let body = try SendMailBody(request.body)
    mails.append(
      SentMail(
        from: from, to: body.to, subject: body.subject, contentType: body.contentType,
        content: body.content, headers: body.headers, isSavedToSentItems: body.isSavedToSentItems,
        sentAt: now))
    if mails.count > Self.mostMails { mails.removeFirst() }
    var headers = graphHeaders(for: request)
    headers["Content-Type"] = nil
    return TenantResponse(status: 202, headers: headers)
  }
}
