import Foundation

/// The v2.0 token endpoint with the client credentials and the device code grant.
///
/// See <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
extension Tenant {
  mutating func respondAsTokenEndpoint(
    to request: TenantRequest, tenant: String
  ) -> TenantResponse {
    let form = FormFields(String(decoding: request.body, as: UTF8.self))
    if let throttle = faults.take(\.tokenThrottle) {
      var response = signInResponse(
        SignInFailure(90_055, about: subject(of: form, tenant: tenant)),
        error: throttle.code, to: request)
      response.status = throttle.status ?? 429
      response.headers["Retry-After"] = throttle.retryAfter.map(String.init)
      return response
    }
    var response: TenantResponse
    do {
      response = try tokenResponse(to: request, form: form, tenant: tenant)
    } catch {
      response = signInResponse(error, to: request)
    }
    if let answer = faults.takeTokenAnswer() { response.replace(by: answer) }
    return response
  }

  private mutating func tokenResponse(
    to request: TenantRequest, form: FormFields, tenant: String
  ) throws(SignInFailure) -> TenantResponse {
    var subject = subject(of: form, tenant: tenant)
    if let code = faults.takeSignInFailure() { throw failure(code, subject) }
    guard request.method == "POST" else {
      subject.parameter = request.method
      throw failure(900_561, subject)
    }
    if form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code" {
      return try deviceToken(form: form, tenant: tenant, subject)
    }
    for parameter in ["grant_type", "scope"] where form.nonEmpty(parameter) == nil {
      subject.parameter = parameter
      throw failure(900_144, subject)
    }
    guard form["grant_type"] == "client_credentials" else {
      subject.parameter = form["grant_type"] ?? ""
      throw failure(70_003, subject)
    }
    switch tenant.lowercased() {
    case "common", "consumers": throw failure(9_001_023, subject)
    case "organizations": throw failure(50_059, subject)
    default: if let failure = tenantFailure(tenant) { throw failure }
    }
    let tenantID = otherTenants.contains(tenant.lowercased()) ? tenant.lowercased() : id

    let credentials = ClientCredentials(request: request, form: form)
    guard let clientID = credentials.clientID else {
      subject.parameter = "client_id"
      throw failure(900_144, subject)
    }
    subject.appID = clientID
    guard let application = application(appID: clientID), isInstalled(application, in: tenantID)
    else { throw failure(700_016, subject) }
    subject.appName = application.displayName
    let resource = try resource(of: form["scope"] ?? "", subject)
    guard application.hasServicePrincipal else { throw failure(7_000_229, subject) }
    guard application.isEnabled else { throw failure(7_000_112, subject) }
    let secret = try check(credentials, of: application, tenant: tenant, subject)
    subject.resource = resource
    guard isKnown(resource: resource) else { throw failure(500_011, subject) }

    let token = issueToken(for: resource, to: application, in: tenantID)
    if let secret {
      record(
        RecordedSignIn(
          keyID: secret.keyID, appID: application.appID, at: now, address: request.address,
          resource: resource))
    }
    let body: JSON = [
      "token_type": "Bearer",
      "expires_in": .number(tokenLifetime),
      "ext_expires_in": .number(tokenLifetime),
      "access_token": .string(token),
    ]
    return TenantResponse(status: 200, json: body, headers: signInHeaders(traceID: random.guid()))
  }

  /// Judges an assertion, or asks one replica, by chance, whether the secret is good and which it is.
  private mutating func check(
    _ credentials: ClientCredentials, of application: RegisteredApplication, tenant: String,
    _ subject: SignInFailure.Subject
  ) throws(SignInFailure) -> IssuedSecret? {
    if let assertion = credentials.assertion {
      try check(assertion: assertion, of: application, tenant: tenant, subject)
      return nil
    }
    guard let value = credentials.secret else { throw failure(7_000_216, subject) }
    let replica = Int.random(in: 0..<replication.tokenReplicas, using: &random)
    let known = application.history.first {
      $0.value == value && $0.startsAt <= now && $0.isKnown(toTokenReplica: replica, at: now)
    }
    guard let known else { throw failure(7_000_215, subject) }
    guard now < known.expiresAt else { throw failure(7_000_222, subject) }
    return known
  }

  /// The one resource of a scope that ends in `/.default`.
  private func resource(
    of scope: String, _ subject: SignInFailure.Subject
  ) throws(SignInFailure) -> String {
    let scopes = scope.split(separator: " ").map(String.init)
    guard scopes.count < 2 || !scopes.allSatisfy({ $0.hasSuffix("/.default") }) else {
      throw failure(700_022, subject)
    }
    guard scopes.count == 1, let only = scopes.first, only.hasSuffix("/.default"),
      only.count > "/.default".count
    else { throw failure(1_002_012, subject) }
    return String(only.dropLast("/.default".count))
  }

  func isKnown(resource: String) -> Bool {
    // Graph's application id names it as well as its URL does.
    let known =
      endpoints.graph + endpoints.resourceManager + environments.flatMap(\.urls) + [Self.graphAppID]
    return known.contains { Endpoints.normalized($0) == Endpoints.normalized(resource) }
  }

  /// Whether an application can sign in to a tenant: at home always, elsewhere if its audience is
  /// wider than its own organization.
  private func isInstalled(_ application: RegisteredApplication, in tenantID: String) -> Bool {
    tenantID == id || application.signInAudience != .myOrganization
  }
}
