import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantGraphPasswordsTests {
  @Test func `makes a secret and shows its value once`() throws {
    let scene = TenantScene()
    let answer = scene.addPassword(
      """
      {"passwordCredential":{"displayName":"kt-1","endDateTime":"2027-12-31T00:00:00.1234567Z"}}
      """)
    #expect(answer.status == 200)
    #expect(answer.text("displayName") == "kt-1")
    #expect(answer.text("startDateTime") == "2026-11-22T02:00:00.0000000Z")
    #expect(answer.text("endDateTime")?.hasPrefix("2027-12-31T00:00:00.123456") == true)
    #expect(answer.json["customKeyIdentifier"] is NSNull)
    let value = try #require(answer.text("secretText"))
    #expect(value.wholeMatch(of: /[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.\-]{34}/) != nil)
    #expect(answer.text("hint") == String(value.prefix(3)))
    #expect(scene.tenant.isValid(value, appID: scene.application.appID))
  }

  @Test(arguments: [
    ("2027-03-01T00:00:00Z", "2029-03-01T00:00:00.0000000Z", 731),
    ("2025-01-01T00:00:00Z", "2027-01-01T00:00:00.0000000Z", 730),
    ("2028-02-29T12:00:00Z", "2030-02-28T12:00:00.0000000Z", 730),
  ])
  func `lasts two calendar years where no end is asked for`(now: String, end: String, days: Int)
    throws
  {
    let scene = TenantScene()
    let token = try #require(WireTime.parse(now))
    scene.tenant.now = TenantScene.start
    let graphToken = scene.graphToken()
    let answer = scene.addPassword(
      #"{"passwordCredential":{"startDateTime":"\#(now)"}}"#, token: graphToken)
    #expect(answer.text("endDateTime") == end)
    let ends = try #require(WireTime.parse(end))
    #expect(ends.timeIntervalSince(token) == Double(days) * 86_400)
  }

  @Test func `removes a secret by its key id, and only once`() throws {
    let scene = TenantScene()
    let keyID = try #require(scene.addPassword().text("keyId"))
    let removed = scene.removePassword(keyID.uppercased())
    #expect(removed.status == 204)
    #expect(removed.response.body.isEmpty)
    let again = scene.removePassword(keyID)
    #expect(again.status == 400)
    #expect(
      (again.error["message"] as? String)?.contains("No password credential found with keyId")
        == true)
  }

  @Test(arguments: [
    ("addPassword", "{", 400, "BadRequest"),
    ("addPassword", #"{"passwordCredential":{"endDateTime":"soon"}}"#, 400, "BadRequest"),
    (
      "addPassword", #"{"passwordCredential":{"endDateTime":"2020-01-01T00:00:00Z"}}"#, 400,
      "Request_BadRequest"
    ),
    ("removePassword", "", 400, "BadRequest"),
    ("removePassword", #"{"keyId":"x"}"#, 400, "BadRequest"),
  ])
  func `refuses a body that it cannot read`(
    action: String, body: String, status: Int, code: String
  ) {
    let scene = TenantScene()
    let answer = scene.graph(
      "POST", "/applications/\(scene.application.objectID)/\(action)", body: body)
    #expect(answer.status == status)
    #expect(answer.code == code)
  }

  @Test(
    arguments: [
      (["Application.ReadWrite.All"], false, 200, 200),
      (["Directory.ReadWrite.All"], false, 200, 200),
      (["Application.ReadWrite.OwnedBy"], true, 200, 200),
      (["Application.ReadWrite.OwnedBy"], false, 200, 403),
      (["Application.Read.All"], true, 200, 403),
      ([], true, 403, 403),
    ] as [(Set<String>, Bool, Int, Int)])
  func `lets an application do what its roles and its ownership allow`(
    roles: Set<String>, owns: Bool, read: Int, write: Int
  ) {
    let scene = TenantScene()
    var registration = ApplicationRegistration(
      displayName: "Caller", secrets: [TenantScene.secret(from: -1, to: 30)])
    registration.appRoles = roles
    let caller = scene.tenant.register(registration)
    try? scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.owners = owns ? [caller.appID] : []
    }
    let token = scene.graphToken(of: caller)
    #expect(scene.graph("GET", "/applications", token: token).status == read)
    let added = scene.addPassword(token: token)
    #expect(added.status == write)
    #expect(added.code == (write == 403 ? "Authorization_RequestDenied" : nil))
  }

  @Test func `refuses what a policy forbids`() {
    let scene = TenantScene()
    scene.tenant.faults.maximumLifetimeDays = 180
    let tooLong = scene.addPassword()
    #expect(tooLong.status == 400)
    #expect(tooLong.code == "CredentialInvalidLifetimeAsPerAppPolicy")
    #expect(
      scene.addPassword(#"{"passwordCredential":{"endDateTime":"2027-05-21T02:00:00Z"}}"#).status
        == 200)
    scene.tenant.faults.secretsForbidden = true
    let forbidden = scene.addPassword()
    #expect(forbidden.status == 400)
    #expect(forbidden.code == "CredentialTypeNotAllowedAsPerAppPolicy")
  }

  @Test func `gives an application for personal accounts two secrets at most`() {
    let scene = TenantScene()
    try? scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.signInAudience = .organizationsAndPersonalAccounts
    }
    #expect(scene.addPassword().status == 200)
    #expect(scene.addPassword().status == 400)
  }

  @Test func `refuses a value too many`() {
    let scene = TenantScene()
    scene.tenant.faults.objectTooLarge = true
    let answer = scene.addPassword()
    #expect(answer.status == 403)
    #expect(
      (answer.error["message"] as? String)?.hasPrefix("The size of the object has exceeded")
        == true)
  }
}
