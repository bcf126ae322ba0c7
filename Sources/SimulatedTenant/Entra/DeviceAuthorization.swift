public import Foundation

/// A device code that somebody may approve in a browser (RFC 8628, section 3.2).
public struct DeviceAuthorization: Sendable, Equatable {
  /// What has become of it.
  public enum State: String, Sendable {
    case pending
    case approved
    case declined
    /// Its token was fetched.
    case redeemed
  }

  /// What the user enters in the browser.
  public let userCode: String
  /// The client id of the application that asked for it.
  public let appID: String
  /// When it stops being valid.
  public let expiresAt: Date
  public internal(set) var state = State.pending

  let deviceCode: String
  let resource: String
  /// Seconds that must lie between two questions.
  var interval = 5.0
  var lastAsked: Date?
}

extension Tenant {
  /// The public client of Azure CLI, which is known in every tenant.
  public static let azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

  /// How long a device code is good for, in seconds.
  private static let deviceCodeLifetime = 900

  /// An administrator enters a user code in the browser and signs in, or declines.
  ///
  /// - Parameters:
  ///   - userCode: The code, in capitals or not.
  ///   - approves: Whether the sign-in is approved.
  /// - Returns: Whether there was such a code that nobody had answered.
  @discardableResult
  public mutating func answerDeviceCode(_ userCode: String, approves: Bool) -> Bool {
    let found = deviceAuthorizations.firstIndex {
      $0.userCode == userCode.uppercased() && $0.state == .pending && now < $0.expiresAt
    }
    guard let found else { return false }
    deviceAuthorizations[found].state = approves ? .approved : .declined
    return true
  }

  /// The endpoint that makes device codes.
  ///
  /// See <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>.
  mutating func respondAsDeviceCodeEndpoint(
    to request: TenantRequest, tenant: String
  ) -> TenantResponse {
    let form = FormFields(String(decoding: request.body, as: UTF8.self))
    do {
      return try deviceCodeResponse(to: request, form: form, tenant: tenant)
    } catch {
      return signInResponse(error, to: request)
    }
  }

  private mutating func deviceCodeResponse(
    to request: TenantRequest, form: FormFields, tenant: String
  ) throws(SignInFailure) -> TenantResponse {
    var subject = subject(of: form, tenant: tenant)
    if let code = faults.takeSignInFailure() { throw failure(code, subject) }
    if let failure = tenantFailure(tenant) { throw failure }
    for parameter in ["client_id", "scope"] where form.nonEmpty(parameter) == nil {
      subject.parameter = parameter
      throw failure(900_144, subject)
    }
    let clientID = (form["client_id"] ?? "").lowercased()
    guard clientID == Self.azureCLI || application(appID: clientID) != nil else {
      throw failure(700_016, subject)
    }
    let scope = (form["scope"] ?? "").split(separator: " ").first { $0.contains("://") } ?? ""
    // The resource is what stands before the last part: "https://graph.microsoft.com/User.Read".
    let resource = scope.lastIndex(of: "/").map { String(scope[..<$0]) } ?? ""
    subject.resource = resource
    guard isKnown(resource: resource) else { throw failure(500_011, subject) }
    let authorization = DeviceAuthorization(
      userCode: random.userCode(), appID: clientID,
      expiresAt: now.addingTimeInterval(Double(Self.deviceCodeLifetime)),
      deviceCode: random.secretValue() + random.secretValue(), resource: resource)
    deviceAuthorizations.removeAll { $0.expiresAt < now.addingTimeInterval(-3600) }
    deviceAuthorizations.append(authorization)
    let page = "\(request.origin(otherwise: endpoints.login.first ?? ""))/common/oauth2/deviceauth"
    let body: JSON = [
      "user_code": .string(authorization.userCode),
      "device_code": .string(authorization.deviceCode),
      "verification_uri": .string(page),
      "expires_in": .number(Self.deviceCodeLifetime),
      "interval": .number(Int(authorization.interval)),
      "message": .string(
        "To sign in, use a web browser to open the page \(page) and enter the code "
          + "\(authorization.userCode) to authenticate."),
    ]
    return TenantResponse(status: 200, json: body, headers: signInHeaders(traceID: random.guid()))
  }

  /// The token endpoint with the device code grant (RFC 8628, section 3.4).
  mutating func deviceToken(
    form: FormFields, tenant: String, _ subject: SignInFailure.Subject
  ) throws(SignInFailure) -> TenantResponse {
    if let failure = tenantFailure(tenant) { throw failure }
    let clientID = (form["client_id"] ?? "").lowercased()
    let application = application(appID: clientID)
    guard clientID == Self.azureCLI || application != nil else { throw failure(700_016, subject) }
    guard clientID == Self.azureCLI || application?.isPublicClient == true else {
      throw failure(7_000_218, subject)
    }
    let found = deviceAuthorizations.firstIndex {
      $0.deviceCode == form["device_code"] && $0.appID == clientID
    }
    guard let found, deviceAuthorizations[found].state != .redeemed else {
      throw failure(70_018, subject)
    }
    guard now < deviceAuthorizations[found].expiresAt else { throw failure(70_019, subject) }
    let last = deviceAuthorizations[found].lastAsked
    deviceAuthorizations[found].lastAsked = now
    switch deviceAuthorizations[found].state {
    case .declined: throw failure(70_020, subject)
    case .pending:
      if let last, now.timeIntervalSince(last) < deviceAuthorizations[found].interval - 0.5 {
        deviceAuthorizations[found].interval += 5
        throw SignInFailure(slowDown: subject)
      }
      throw failure(70_016, subject)
    case .approved, .redeemed: break
    }
    deviceAuthorizations[found].state = .redeemed
    let token = issueToken(
      for: deviceAuthorizations[found].resource, to: clientID, roles: Self.administratorScopes,
      isDelegated: true, in: id)
    let body: JSON = [
      "token_type": "Bearer",
      "scope": .string(Self.administratorScopes.joined(separator: " ")),
      "expires_in": .number(tokenLifetime),
      "ext_expires_in": .number(tokenLifetime),
      "access_token": .string(token),
    ]
    return TenantResponse(status: 200, json: body, headers: signInHeaders(traceID: random.guid()))
  }

  /// What the one person of the tenant may do: a Cloud Application Administrator.
  private static let administratorScopes = ["Application.ReadWrite.All", "Policy.Read.All"]
}

extension SplitMix64 {
  /// Nine characters that a person can read and type.
  fileprivate mutating func userCode() -> String {
    let letters = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return String(
      (0..<9).map { _ in letters[Int.random(in: letters.indices, using: &self)] })
  }
}
