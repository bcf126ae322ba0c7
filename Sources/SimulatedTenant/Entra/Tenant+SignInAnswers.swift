import Foundation

/// The parts that all answers of the token service share.
extension Tenant {
  func failure(_ code: Int, _ subject: SignInFailure.Subject) -> SignInFailure {
    SignInFailure(code, about: subject, oldTexts: faults.oldDescriptions)
  }

  func subject(of form: FormFields, tenant: String) -> SignInFailure.Subject {
    SignInFailure.Subject(
      appID: form["client_id"] ?? "",
      appName: form["client_id"].flatMap { application(appID: $0) }?.displayName ?? "",
      tenant: tenant, tenantID: id, directory: displayName, scope: form["scope"] ?? "",
      resource: form["scope"]?.replacing("/.default", with: "") ?? "")
  }

  /// The refusal of a tenant that the cloud does not know, or `nil` for one that it knows.
  func tenantFailure(_ tenant: String) -> SignInFailure? {
    let name = tenant.lowercased()
    if name == id || name == domain || otherTenants.contains(name) { return nil }
    let subject = SignInFailure.Subject(tenant: tenant)
    let isName = name.contains(".") && !name.hasPrefix(".") && !name.hasSuffix(".")
    return failure(isName || UUID(uuidString: name) != nil ? 90_002 : 900_023, subject)
  }

  /// The body and header fields of a refusal.
  ///
  /// - Parameters:
  ///   - failure: The refusal.
  ///   - error: A word in place of the refusal's own OAuth 2 error.
  ///   - request: The request, whose `client-request-id` becomes the correlation id.
  /// - Returns: The answer.
  mutating func signInResponse(
    _ failure: SignInFailure, error: String? = nil, to request: TenantRequest
  ) -> TenantResponse {
    let traceID = random.guid()
    let generated = random.guid()
    let correlationID =
      request.headers["client-request-id"].flatMap(UUID.init(uuidString:))?.uuidString.lowercased()
      ?? generated
    let time = WireTime.signIn(now)
    let separator = faults.oldDescriptions ? "\r\n" : " "
    let description = [
      "AADSTS\(failure.code): \(failure.text)", "Trace ID: \(traceID)",
      "Correlation ID: \(correlationID)", "Timestamp: \(time)",
    ].joined(separator: separator)
    let origin = request.origin(otherwise: endpoints.login.first ?? "")
    let body: JSON = [
      "error": .string(error ?? failure.error),
      "error_description": .string(description),
      "error_codes": [.number(failure.code)],
      "timestamp": .string(time),
      "trace_id": .string(traceID),
      "correlation_id": .string(correlationID),
      "error_uri": .string("\(origin)/error?code=\(failure.code)"),
    ]
    return TenantResponse(
      status: failure.status, json: body, headers: signInHeaders(traceID: traceID))
  }

  func signInHeaders(traceID: String) -> HeaderFields {
    [
      "Cache-Control": "no-store, no-cache",
      "Pragma": "no-cache",
      "Content-Type": "application/json; charset=utf-8",
      "Expires": "-1",
      "X-Content-Type-Options": "nosniff",
      "x-ms-request-id": traceID,
      "x-ms-ests-server": "2.1.19261.8 - WEULR1 ProdSlices",
    ]
  }
}

extension TenantResponse {
  /// Puts something that is no token answer in place of the answer.
  mutating func replace(by answer: Faults.TokenAnswer) {
    switch answer.kind {
    case .notJSON:
      status = 200
      headers["Content-Type"] = "text/html; charset=utf-8"
      body = Data("<!DOCTYPE html><title>Sign in to the network</title>".utf8)
    case .truncated:
      let length = body.count
      body = body.prefix(length / 2)
      delivery = .truncated(promisedLength: length)
    case .huge:
      body = Data()
      delivery = .huge(bytes: 100_000_000)
    case .redirect:
      status = 302
      headers["Location"] = "https://login.example.com/moved"
      body = Data()
    case .empty:
      status = 200
      body = Data()
    case .slow: delivery = .delayed(seconds: answer.seconds ?? 30)
    case .closed: delivery = .connectionClosed
    }
  }
}
