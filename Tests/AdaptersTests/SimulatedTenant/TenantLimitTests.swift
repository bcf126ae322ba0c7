import Foundation
import SimulatedTenant
import Testing

/// What Graph allows in a while, and what it says of it.
@Suite struct TenantLimitTests {
  @Test(arguments: [
    ("/applications", "2"), ("/applications?$select=id", "1"), ("/applications?$top=5", "1"),
    ("/applications?$select=id&$top=5", "1"), ("/applications?$top=999", "2"),
    ("/applications?$expand=owners", "3"), ("/policies/defaultAppManagementPolicy", "1"),
  ])
  func `says what a request costs`(path: String, units: String) {
    let answer = TenantScene().graph("GET", path)
    #expect(answer.header("x-ms-resource-unit") == units)
    #expect(answer.header("x-ms-throttle-limit-percentage") == nil)
  }

  @Test func `tells of a limit before it is reached, and refuses beyond it`() {
    let scene = TenantScene()
    scene.tenant.faults.resourceUnitLimit = 10
    let token = scene.graphToken()
    let answers = (0..<6).map { _ in scene.graph("GET", "/applications", token: token) }
    #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 429])
    let shares = answers.map { $0.header("x-ms-throttle-limit-percentage") }
    #expect(shares == [nil, nil, nil, "0.8", "1.0", nil])
    #expect(answers[5].header("Retry-After") == "10")
    #expect(answers[5].header("x-ms-throttle-information") == "ResourceUnitLimitExceeded")
    #expect(answers[5].header("x-ms-throttle-scope")?.contains(scene.automation.appID) == true)
    scene.tenant.now.addTimeInterval(10)
    #expect(scene.graph("GET", "/applications", token: token).status == 200)
  }

  @Test func `shows keys to who asks for them by name, 150 times a minute`() throws {
    let scene = TenantScene.populated(30)
    let token = scene.graphToken()
    func keys(_ query: String) -> TenantAnswer {
      scene.graph("GET", "/applications?\(query)", token: token)
    }
    func shown(_ answer: TenantAnswer) -> [Any] {
      answer.values.flatMap { $0["keyCredentials"] as? [[String: Any]] ?? [] }
        .compactMap { $0["key"] }
    }
    let unasked = shown(keys("$top=999"))
    #expect(!unasked.isEmpty && unasked.allSatisfy { $0 is NSNull })
    let asked = shown(keys("$select=id,keyCredentials"))
    #expect(asked.count == unasked.count && asked.allSatisfy { $0 is String })
    let statuses = (0..<150).map { _ in keys("$select=keyCredentials&$top=1").status }
    #expect(statuses.dropLast().allSatisfy { $0 == 200 } && statuses.last == 429)
    #expect(keys("$select=id").status == 200)
    scene.tenant.now.addTimeInterval(60)
    #expect(keys("$select=keyCredentials").status == 200)
  }

  @Test func `tokens may live for seconds`() {
    let scene = TenantScene()
    scene.tenant.faults.tokenLifetime = 5
    let granted = scene.askForToken(
      of: scene.automation.appID, secret: scene.automation.history[0].value,
      scope: "https://graph.microsoft.com/.default")
    #expect(granted.json["expires_in"] as? Int == 5)
    let token = granted.text("access_token") ?? ""
    #expect(scene.graph("GET", "/applications", token: token).status == 200)
    scene.tenant.now.addTimeInterval(6)
    #expect(scene.graph("GET", "/applications", token: token).status == 401)
  }

  @Test func `tokens may be refused before their time`() {
    let scene = TenantScene.populated(300)
    scene.tenant.faults.tokenUses = 2
    let token = scene.graphToken()
    let statuses = (0..<3).map { _ in scene.graph("GET", "/applications", token: token).status }
    #expect(statuses == [200, 200, 401])
    #expect(scene.graph("GET", "/applications").status == 200)
  }
}
