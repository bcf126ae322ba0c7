import Foundation
import SimulatedTenant
import Testing

/// `$batch`, owners by what the caller may read, and the report of last sign-ins.
@Suite struct TenantBatchTests {
  private func batch(_ scene: TenantScene, _ requests: [[String: String]]) throws -> TenantAnswer {
    let body = try JSONSerialization.data(withJSONObject: ["requests": requests])
    return scene.graph(
      "POST", "/$batch", body: String(decoding: body, as: UTF8.self),
      headers: ["Content-Type": "application/json"])
  }

  private func parts(_ answer: TenantAnswer) throws -> [String: [String: Any]] {
    let parts = try #require(answer.json["responses"] as? [[String: Any]])
    return Dictionary(parts.map { ($0["id"] as? String ?? "", $0) }) { first, _ in first }
  }

  @Test func `each request of a batch has an answer of its own, and may be throttled`() throws {
    let scene = TenantScene()
    let requests = [
      [
        "id": "a", "method": "GET", "url": "/applications/\(scene.application.objectID)?$select=id",
      ],
      ["id": "b", "method": "GET", "url": "/applications/\(scene.automation.servicePrincipalID)"],
      ["id": "c", "method": "GET", "url": "/applications/$count"],
    ]
    let answer = try batch(scene, requests)
    #expect(answer.status == 200)
    let found = try parts(answer)
    #expect(found["a"]?["status"] as? Int == 200)
    #expect((found["a"]?["body"] as? [String: Any])?["id"] as? String == scene.application.objectID)
    #expect(found["b"]?["status"] as? Int == 404)
    #expect(found["c"]?["status"] as? Int == 400)
    scene.tenant.faults.graphThrottle = Faults.Throttle(count: 1, retryAfter: 9)
    let throttled = try parts(try batch(scene, requests))
    #expect(throttled["a"]?["status"] as? Int == 429)
    #expect((throttled["a"]?["headers"] as? [String: String])?["Retry-After"] == "9")
    #expect(throttled["b"]?["status"] as? Int == 404)
  }

  @Test func `a batch that is none is refused as a whole`() throws {
    let scene = TenantScene()
    let one = ["id": "a", "method": "GET", "url": "/applications"]
    #expect(try batch(scene, []).status == 400)
    #expect(try batch(scene, [one, one]).status == 400)
    let many = (0...20).map { ["id": "\($0)", "method": "GET", "url": "/applications"] }
    #expect(try batch(scene, many).status == 400)
    #expect(scene.graph("POST", "/$batch", body: "[]").status == 400)
    #expect(scene.graph("GET", "/$batch").status == 405)
    #expect(scene.graph("POST", "/$batch", token: "", body: "{}").status == 401)
  }

  @Test func `owners are told by their ids alone to whom may not read people`() throws {
    let scene = TenantScene()
    let ann = DirectoryUser(
      objectID: UUID().uuidString, displayName: "Ann", principalName: "ann@contoso.com")
    try scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.userOwners = [ann]
      $0.owners = [scene.automation.appID]
    }
    let path =
      "/applications/\(scene.application.objectID)/owners"
      + "?$select=id,displayName,mail,userPrincipalName"
    let limited = scene.graph("GET", path).values
    #expect(limited[0]["@odata.type"] as? String == "#microsoft.graph.user")
    #expect(limited[0]["id"] as? String == ann.objectID && limited[0]["mail"] is NSNull)
    #expect(limited[1]["displayName"] as? String == "Automation")
    try scene.tenant.changeApplication(appID: scene.automation.appID) {
      $0.appRoles.insert("User.ReadBasic.All")
    }
    #expect(scene.graph("GET", path).values[0]["mail"] as? String == "ann@contoso.com")
    scene.tenant.faults.ownersForbidden = true
    #expect(scene.graph("GET", path).status == 403)
  }

  @Test func `the report has the last sign-in of each application that was used`() throws {
    let scene = TenantScene()
    func report() -> TenantAnswer {
      scene.graph(
        "GET", "https://graph.microsoft.com/beta/reports/servicePrincipalSignInActivities?$top=999")
    }
    #expect(report().status == 403)
    try scene.tenant.changeApplication(appID: scene.automation.appID) {
      $0.appRoles.insert("AuditLog.Read.All")
    }
    try scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.lastSignInAt = TenantScene.start.addingTimeInterval(-86_400)
    }
    // Who asks has signed in.
    func rows() -> [String: String] {
      Dictionary(
        report().values.map { row in
          let activity = row["lastSignInActivity"] as? [String: Any]
          return (
            row["appId"] as? String ?? "", activity?["lastSignInDateTime"] as? String ?? ""
          )
        }
      ) { first, _ in first }
    }
    #expect(
      rows() == [
        scene.application.appID: "2026-11-21T02:00:00Z",
        scene.automation.appID: "2026-11-22T02:00:00Z",
      ])
    #expect(scene.accepts(scene.secret.value))
    #expect(rows()[scene.application.appID] == "2026-11-22T02:00:00Z")
    scene.tenant.faults.reportsUnlicensed = true
    #expect(report().status == 403)
    scene.tenant.faults = Faults()
    scene.tenant.faults.signInReportMissing = true
    #expect(report().status == 400)
  }
}
