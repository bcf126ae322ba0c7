import Foundation

/// What the token service makes of a client assertion.
///
/// See <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>; the reasons in
/// brackets follow answers that people have published.
extension Tenant {
  /// Judges an assertion: one signed with a certificate, or the token of a trusted issuer.
  mutating func check(
    assertion text: String, of application: RegisteredApplication, tenant: String,
    _ subject: SignInFailure.Subject
  ) throws(SignInFailure) {
    guard let token = JWT(text) else {
      throw assertionFailure("The assertion is not a well-formed token.", subject)
    }
    guard ["RS256", "PS256"].contains(token.header.alg),
      acceptsPS256 || token.header.alg == "RS256"
    else { throw assertionFailure("Unsupported asymmetric signing algorithm.", subject) }
    // A certificate is found by its thumbprint; the token of another issuer has none.
    if token.header.sha1 == nil, token.header.sha256 == nil {
      try check(federated: token, of: application, subject)
    } else {
      try check(certificate: token, of: application, tenant: tenant, subject)
    }
  }

  private mutating func check(
    certificate token: JWT, of application: RegisteredApplication, tenant: String,
    _ subject: SignInFailure.Subject
  ) throws(SignInFailure) {
    let thumbprints = [token.header.sha256, token.header.sha1].compactMap { $0 }
      .compactMap(JWT.decode)
    let certificate = application.certificates.first {
      thumbprints == [$0.sha256] || thumbprints == [$0.sha1] || thumbprints == [$0.sha256, $0.sha1]
    }
    let shown = thumbprints.first.map { $0.map(JWT.hexadecimal).joined() } ?? ""
    let used = "Thumbprint of key used by client: '\(shown)'"
    guard let certificate else {
      throw assertionFailure("The key was not found., \(used)", subject)
    }
    guard certificate.startsAt <= now, now < certificate.expiresAt else {
      throw assertionFailure(
        "The key used is expired., \(used), Found key 'Start=\(WireTime.seconds(certificate.startsAt)),"
          + " End=\(WireTime.seconds(certificate.expiresAt))'", subject)
    }
    guard token.isSigned(with: certificate.publicKey) == true else {
      throw assertionFailure(
        "The provided signature value did not match the expected signature value., \(used)", subject
      )
    }
    guard token.claims.iss?.lowercased() == application.appID,
      token.claims.sub?.lowercased() == application.appID
    else { throw failure(700_021, subject) }
    guard token.claims.aud.map(isAudience) == true else { throw failure(700_023, subject) }
    guard token.isCurrent(at: now) else { throw failure(700_024, subject) }
    try remember(token, subject)
  }

  private func check(
    federated token: JWT, of application: RegisteredApplication,
    _ subject: SignInFailure.Subject
  ) throws(SignInFailure) {
    let claims = token.claims
    var subject = subject
    subject.parameter =
      "Assertion Issuer: '\(claims.iss ?? "")'. Assertion Subject: '\(claims.sub ?? "")'."
      + " Assertion Audience: '\(claims.aud ?? "")'."
    let credentials = application.federatedCredentials
    guard !credentials.isEmpty else { throw failure(70_021, subject) }
    let ofIssuer = credentials.filter { $0.issuer == claims.iss }
    guard !ofIssuer.isEmpty else { throw failure(700_211, subject) }
    let ofSubject = ofIssuer.filter { $0.subject == claims.sub }
    guard !ofSubject.isEmpty else { throw failure(700_213, subject) }
    guard let credential = ofSubject.first(where: { $0.audience == claims.aud }) else {
      throw failure(700_212, subject)
    }
    guard token.isSigned(with: credential.publicKey) == true else {
      throw assertionFailure(
        "The provided signature value did not match the expected signature value.", subject)
    }
    guard token.isCurrent(at: now) else { throw failure(700_024, subject) }
  }

  /// Whether a text is the address of this tenant's token service.
  private func isAudience(_ text: String) -> Bool {
    let path = TenantRequest("POST", text).segments
    guard let name = path.first?.lowercased(), name == id || name == domain else { return false }
    let host = Endpoints.hostName(text)
    return endpoints.login.contains { Endpoints.hostName($0) == host }
      && [["oauth2", "v2.0", "token"], ["oauth2", "token"], ["v2.0"]].contains(
        Array(path.dropFirst()))
  }

  /// Refuses an assertion that was presented before.
  ///
  /// RFC 7523 leaves that to the server, and Entra does not promise it; here it finds a client that
  /// repeats itself.
  private mutating func remember(
    _ token: JWT, _ subject: SignInFailure.Subject
  ) throws(SignInFailure) {
    usedAssertions = usedAssertions.filter { $0.value > now }
    guard let id = token.claims.jti, !id.isEmpty else {
      throw assertionFailure("The assertion has no identifier (jti).", subject)
    }
    guard usedAssertions[id] == nil else {
      throw assertionFailure("The assertion was used before.", subject)
    }
    usedAssertions[id] = Date(timeIntervalSince1970: (token.claims.exp ?? 0) + 300)
  }

  private func assertionFailure(
    _ reason: String, _ subject: SignInFailure.Subject
  ) -> SignInFailure {
    var subject = subject
    subject.reason = reason
    return failure(700_027, subject)
  }
}
