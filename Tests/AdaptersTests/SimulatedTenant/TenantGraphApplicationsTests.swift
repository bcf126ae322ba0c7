import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantGraphApplicationsTests {
  /// A scene with so many applications more.
  private func scene(with count: Int) -> TenantScene {
    let scene = TenantScene()
    for number in 0..<count {
      scene.tenant.register(ApplicationRegistration(displayName: "App \(number)"))
    }
    return scene
  }

  @Test func `pages by 100 and leads through all pages once`() throws {
    let scene = scene(with: 248)
    var answer = scene.graph("GET", "/applications?$select=id,appId")
    #expect(answer.values.count == 100)
    #expect(
      answer.text("@odata.context")
        == "https://graph.microsoft.com/v1.0/$metadata#applications(id,appId)")
    var ids = answer.values.compactMap { $0["id"] as? String }
    while let link = answer.text("@odata.nextLink") {
      #expect(link.hasPrefix("https://graph.microsoft.com/v1.0/applications?$select=id,appId&"))
      answer = scene.graph("GET", link)
      #expect(answer.values.allSatisfy { Set($0.keys) == ["id", "appId"] })
      ids += answer.values.compactMap { $0["id"] as? String }
    }
    #expect(ids.count == 250)
    #expect(Set(ids).count == 250)
  }

  @Test(arguments: [("999", 200), ("1", 200), ("1000", 400), ("0", 400), ("x", 400)])
  func `takes pages of 1 to 999`(top: String, status: Int) {
    let scene = scene(with: 2)
    let answer = scene.graph("GET", "/applications?$top=\(top)")
    #expect(answer.status == status)
    #expect(answer.code == (status == 200 ? nil : "Request_BadRequest"))
  }

  @Test func `finds an application by client id, by name and by the beginning of a name`() {
    let scene = scene(with: 20)
    let appID = scene.application.appID
    let token = scene.graphToken()
    func names(_ filter: String) -> [String] {
      let encoded = filter.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
      return scene.graph("GET", "/applications?$filter=\(encoded)", token: token).values
        .compactMap { $0["displayName"] as? String }
    }
    #expect(names("appId eq '\(appID.uppercased())'") == ["Magentrix D365 OAuth 2"])
    #expect(names("displayName eq 'App 3'") == ["App 3"])
    #expect(names("startswith(displayName,'App 1')").count == 11)
    #expect(names("displayName eq 'It''s none'").isEmpty)
    #expect(names("identifierUris/any(s:s eq 'api://none')").isEmpty)
  }

  @Test func `does not filter by the end of a secret`() {
    let scene = TenantScene()
    let answer = scene.graph(
      "GET", "/applications?$filter=passwordCredentials/endDateTime%20lt%202027-01-01")
    #expect(answer.status == 400)
    #expect(answer.code == "Request_UnsupportedQuery")
  }

  @Test func `counts only for who accepts an eventual answer`() {
    let scene = scene(with: 3)
    let refused = scene.graph("GET", "/applications/$count")
    #expect(refused.status == 400)
    let counted = scene.graph(
      "GET", "/applications/$count", headers: ["ConsistencyLevel": "eventual"])
    #expect(String(decoding: counted.response.body, as: UTF8.self) == "5")
    #expect(counted.header("Content-Type") == "text/plain")
    let listed = scene.graph(
      "GET", "/applications?$count=true&$top=2", headers: ["ConsistencyLevel": "eventual"])
    #expect(listed.json["@odata.count"] as? Int == 5)
  }

  @Test func `shows an application under both of its ids, and never a value`() throws {
    let scene = TenantScene()
    let byID = scene.graph("GET", "/applications/\(scene.application.objectID)")
    let byAppID = scene.graph(
      "GET", "/applications(appId='\(scene.application.appID)')?$select=id,passwordCredentials")
    #expect(byID.text("id") == byAppID.text("id"))
    #expect(byAppID.text("@odata.context")?.hasSuffix("(id,passwordCredentials)/$entity") == true)
    let passwords = try #require(byAppID.json["passwordCredentials"] as? [[String: Any]])
    #expect(passwords.count == 1)
    #expect(passwords[0]["secretText"] is NSNull)
    #expect(passwords[0]["hint"] as? String == String(scene.secret.value.prefix(3)))
    #expect(passwords[0]["endDateTime"] as? String == "2026-12-15T02:00:00.0000000Z")
  }

  @Test(arguments: [
    ("GET", "/applications/11111111-1111-4111-8111-111111111111", 404, "Request_ResourceNotFound"),
    ("GET", "/applications(appId='1')", 404, "Request_ResourceNotFound"),
    ("GET", "/applications/nonsense", 400, "Request_BadRequest"),
    ("DELETE", "/applications", 405, "Request_BadRequest"),
    ("GET", "/applications?$select=secret", 400, "BadRequest"),
    ("GET", "/nonsense", 400, "BadRequest"),
    ("GET", "https://graph.microsoft.com/v3.0/applications", 400, "BadRequest"),
  ])
  func `refuses what is not there`(method: String, path: String, status: Int, code: String) throws {
    let scene = TenantScene()
    let answer = scene.graph(method, path)
    #expect(answer.status == status)
    #expect(answer.code == code)
    let inner = try #require(answer.error["innerError"] as? [String: String])
    #expect(inner["date"] == "2026-11-22T02:00:00")
    #expect(inner["request-id"] == answer.header("request-id"))
  }

  @Test func `gives back the client's own request id`() {
    let scene = TenantScene()
    let id = "e70c5c1b-8b47-68c0-3171-3d22f5e0bd54"
    let answer = scene.graph("GET", "/applications", headers: ["client-request-id": id])
    #expect(answer.header("client-request-id") == id)
    #expect(answer.header("x-ms-ags-diagnostic")?.contains("ServerInfo") == true)
  }

  @Test func `refuses a token that is missing, foreign, expired or for another service`() {
    let scene = TenantScene()
    let missing = scene.graph("GET", "/applications", token: "")
    #expect(missing.status == 401)
    #expect(missing.code == "InvalidAuthenticationToken")
    #expect(scene.graph("GET", "/applications", token: "a.b.c").status == 401)
    #expect(scene.graph("GET", "/applications", token: scene.environmentToken()).status == 401)
    let token = scene.graphToken()
    scene.tenant.now.addTimeInterval(3600)
    let expired = scene.graph("GET", "/applications", token: token)
    #expect(expired.status == 401)
    #expect(
      expired.error["message"] as? String == "Access token has expired or is not yet valid.")
  }

  @Test func `throttles with the fields that Graph sends`() {
    let scene = TenantScene()
    scene.tenant.faults.graphThrottle = Faults.Throttle(count: 1, retryAfter: 9)
    let answer = scene.graph("GET", "/applications")
    #expect(answer.status == 429)
    #expect(answer.header("Retry-After") == "9")
    #expect(answer.header("x-ms-throttle-information") == "ResourceUnitLimitExceeded")
    #expect(scene.graph("GET", "/applications").status == 200)
  }

  @Test func `reads service principals by the application's id`() {
    let scene = TenantScene()
    let found = scene.graph("GET", "/servicePrincipals(appId='\(scene.application.appID)')")
    #expect(found.text("id") == scene.application.servicePrincipalID)
    #expect(found.json["accountEnabled"] as? Bool == true)
    let listed = scene.graph(
      "GET", "/servicePrincipals?$filter=appId%20eq%20'\(scene.application.appID)'&$select=id")
    #expect(listed.values.count == 1)
    #expect(scene.graph("GET", "/servicePrincipals(appId='x')").status == 404)
  }

  @Test func `shows the policy that the faults make`() throws {
    let scene = TenantScene()
    let path = "/policies/defaultAppManagementPolicy"
    #expect(scene.graph("GET", path).json["isEnabled"] as? Bool == false)
    scene.tenant.faults.maximumLifetimeDays = 180
    let policy = scene.graph("GET", path)
    let restrictions = try #require(policy.json["applicationRestrictions"] as? [String: Any])
    let passwords = try #require(restrictions["passwordCredentials"] as? [[String: Any]])
    #expect(passwords.first?["restrictionType"] as? String == "passwordLifetime")
    #expect(passwords.first?["maxLifetime"] as? String == "P180D")
  }
}
