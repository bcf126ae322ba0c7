import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantTokenEndpointTests {
  @Test func `grants a token for a secret in the form`() throws {
    let scene = TenantScene()
    let answer = scene.askForToken(secret: scene.secret.value)
    #expect(answer.status == 200)
    #expect(answer.text("token_type") == "Bearer")
    #expect(answer.json["expires_in"] as? Int == 3599)
    #expect(answer.text("access_token")?.split(separator: ".").count == 3)
    #expect(answer.header("Cache-Control") == "no-store, no-cache")
    #expect(answer.header("Date") == "Sun, 22 Nov 2026 02:00:00 GMT")
  }

  @Test func `grants a token for a secret in the Basic header`() {
    let scene = TenantScene()
    let pair = "\(scene.application.appID):\(scene.secret.value)"
    let answer = scene.askForToken(
      ["scope": TenantScene.environment + "/.default", "grant_type": "client_credentials"],
      headers: ["Authorization": "Basic " + Data(pair.utf8).base64EncodedString()])
    #expect(answer.status == 200)
  }

  @Test func `takes the scope with two slashes that az sends`() {
    let scene = TenantScene()
    let answer = scene.askForToken(
      secret: scene.secret.value, scope: TenantScene.environment + "//.default")
    #expect(answer.status == 200)
  }

  @Test func `refuses a wrong secret in the words of Entra`() throws {
    let scene = TenantScene()
    let correlation = "5cdbfdc4-bb99-48ca-b411-f53541f6ed62"
    let answer = scene.askForToken(
      [
        "client_id": scene.application.appID, "scope": TenantScene.environment + "/.default",
        "client_secret": "wrong", "grant_type": "client_credentials",
      ], headers: ["client-request-id": correlation])
    #expect(answer.status == 401)
    #expect(answer.text("error") == "invalid_client")
    #expect(answer.signInCode == 7_000_215)
    let trace = try #require(answer.text("trace_id"))
    #expect(answer.header("x-ms-request-id") == trace)
    #expect(answer.text("correlation_id") == correlation)
    #expect(answer.text("timestamp") == "2026-11-22 02:00:00Z")
    #expect(
      answer.text("error_description") == """
        AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request \
        is the client secret value, not the client secret ID, for a secret added to app \
        '\(scene.application.appID)'. Trace ID: \(trace) Correlation ID: \(correlation) \
        Timestamp: 2026-11-22 02:00:00Z
        """)
  }

  @Test func `separates the parts of old descriptions by line breaks`() {
    let scene = TenantScene()
    scene.tenant.faults.oldDescriptions = true
    let text = scene.askForToken(secret: "wrong").text("error_description") ?? ""
    #expect(text.hasPrefix("AADSTS7000215: Invalid client secret is provided.\r\nTrace ID: "))
    #expect(text.contains("\r\nCorrelation ID: ") && text.contains("\r\nTimestamp: "))
  }

  @Test func `tells an expired secret from a wrong one`() {
    let scene = TenantScene()
    scene.tenant.now = scene.secret.expiresAt
    #expect(scene.askForToken(secret: scene.secret.value).signInCode == 7_000_222)
  }

  @Test func `refuses a secret that has not begun`() throws {
    let scene = TenantScene()
    let answer = scene.addPassword(
      #"{"passwordCredential":{"startDateTime":"2026-12-01T00:00:00Z"}}"#)
    let value = try #require(answer.text("secretText"))
    #expect(scene.askForToken(secret: value).signInCode == 7_000_215)
    scene.tenant.now = try #require(WireTime.parse("2026-12-01T00:00:00Z"))
    #expect(scene.accepts(value))
  }

  @Test(arguments: [
    ("client_credentials", "", 400, "invalid_request", 900_144),
    ("password", "https://x/.default", 400, "unsupported_grant_type", 70_003),
    ("client_credentials", "https://x", 400, "invalid_scope", 1_002_012),
    ("client_credentials", "https://x/.default y/.default", 400, "invalid_scope", 700_022),
    ("client_credentials", "https://x/.default", 400, "invalid_resource", 500_011),
  ])
  func `refuses what it cannot serve`(
    grant: String, scope: String, status: Int, error: String, code: Int
  ) {
    let scene = TenantScene()
    let answer = scene.askForToken([
      "client_id": scene.application.appID, "client_secret": scene.secret.value,
      "grant_type": grant, "scope": scope,
    ])
    #expect(answer.status == status)
    #expect(answer.text("error") == error)
    #expect(answer.signInCode == code)
  }

  @Test(arguments: [
    ("11111111-1111-4111-8111-111111111111", 90_002), ("fabrikam.com", 90_002),
    ("contoso", 900_023), ("common", 9_001_023), ("organizations", 50_059),
  ])
  func `refuses a tenant that it is not`(name: String, code: Int) {
    let scene = TenantScene()
    let answer = scene.askForToken(secret: scene.secret.value, tenant: name)
    #expect(answer.status == 400)
    #expect(answer.signInCode == code)
  }

  @Test func `answers under its domain as under its id`() {
    let scene = TenantScene()
    let answer = scene.askForToken(secret: scene.secret.value, tenant: "Contoso.OnMicrosoft.com")
    #expect(answer.status == 200)
  }

  @Test func `refuses an application that it does not have, has disabled or has not installed`() {
    let scene = TenantScene()
    let appID = scene.application.appID
    let unknown = scene.askForToken(of: scene.tenant.id, secret: "any")
    #expect(unknown.status == 400)
    #expect(unknown.text("error") == "unauthorized_client")
    #expect(unknown.signInCode == 700_016)
    try? scene.tenant.changeApplication(appID: appID) { $0.isEnabled = false }
    #expect(scene.askForToken(secret: scene.secret.value).signInCode == 7_000_112)
    try? scene.tenant.changeApplication(appID: appID) { $0.hasServicePrincipal = false }
    #expect(scene.askForToken(secret: scene.secret.value).signInCode == 7_000_229)
  }

  @Test func `asks for a secret and knows no assertion`() {
    let scene = TenantScene()
    #expect(scene.askForToken(secret: "").signInCode == 7_000_216)
    let answer = scene.askForToken([
      "client_id": scene.application.appID, "scope": TenantScene.environment + "/.default",
      "grant_type": "client_credentials", "client_assertion": "e30.e30.x",
      "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    ])
    #expect(answer.status == 401)
    #expect(answer.signInCode == 700_027)
  }

  @Test func `signs a multi-tenant application in to another tenant, which grants it no role`() {
    let scene = TenantScene()
    let other = "22222222-2222-4222-8222-222222222222"
    scene.tenant.otherTenants = [other]
    let answer = scene.askForToken(secret: scene.secret.value, tenant: other)
    #expect(answer.status == 200)
    let who = scene.dataverse("WhoAmI", token: answer.text("access_token"))
    #expect(who.status == 403)
    #expect(who.code == "0x80072560")
  }
}
