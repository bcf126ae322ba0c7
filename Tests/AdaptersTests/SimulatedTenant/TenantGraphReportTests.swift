import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantGraphReportTests {
  private static let activities =
    "https://graph.microsoft.com/beta/reports/appCredentialSignInActivities"
  private static let signIns = "https://graph.microsoft.com/beta/auditLogs/signIns"
  private static let kind = "signInEventTypes/any(t:t%20eq%20'servicePrincipal')"

  private static func scene() -> TenantScene {
    let scene = TenantScene()
    try? scene.tenant.changeApplication(appID: scene.automation.appID) {
      $0.appRoles.insert("AuditLog.Read.All")
    }
    return scene
  }

  @Test func `remembers each secret's newest sign-in at each resource`() throws {
    let scene = Self.scene()
    #expect(scene.accepts(scene.secret.value))
    scene.tenant.now.addTimeInterval(60)
    #expect(scene.accepts(scene.secret.value))
    #expect(!scene.accepts("wrong"))
    let answer = scene.graph(
      "GET", "\(Self.activities)?$filter=keyId%20eq%20'\(scene.secret.keyID)'")
    #expect(answer.status == 200)
    let row = try #require(answer.values.first)
    #expect(answer.values.count == 1)
    #expect(row["keyId"] as? String == scene.secret.keyID)
    #expect(row["keyType"] as? String == "clientSecret")
    let activity = row["signInActivity"] as? [String: Any]
    #expect(activity?["lastSignInDateTime"] as? String == "2026-11-22T02:01:00Z")
    #expect(scene.tenant.signIns(keyID: scene.secret.keyID).count == 2)
  }

  @Test func `lists the sign-ins of applications, newest first`() throws {
    let scene = Self.scene()
    #expect(scene.accepts(scene.secret.value))
    scene.tenant.now.addTimeInterval(60)
    #expect(scene.accepts(scene.secret.value))
    let filter =
      "\(Self.kind)%20and%20servicePrincipalCredentialKeyId%20eq%20'\(scene.secret.keyID)'"
    let answer = scene.graph("GET", "\(Self.signIns)?$filter=\(filter)&$top=20")
    #expect(
      answer.values.map { $0["createdDateTime"] as? String } == [
        "2026-11-22T02:01:00Z", "2026-11-22T02:00:00Z",
      ])
    #expect(answer.values.first?["ipAddress"] as? String == "203.0.113.7")
    #expect(answer.values.first?["resourceDisplayName"] as? String == "Dataverse")
    #expect(scene.graph("GET", "\(Self.signIns)?$filter=\(Self.kind)&$top=1").values.count == 1)
    #expect(scene.graph("GET", Self.signIns).values.isEmpty)
  }

  @Test func `shows a sign-in when the report has caught up`() {
    let scene = Self.scene()
    scene.tenant.faults.signInReportLatency = 600
    let token = scene.graphToken()
    #expect(scene.accepts(scene.secret.value))
    let path = "\(Self.activities)?$filter=keyId%20eq%20'\(scene.secret.keyID)'"
    #expect(scene.graph("GET", path, token: token).values.isEmpty)
    scene.tenant.now.addTimeInterval(600)
    #expect(scene.graph("GET", path, token: token).values.count == 1)
  }

  @Test func `refuses what a cloud or a version does not have`() {
    let scene = Self.scene()
    let stable = "/auditLogs/signIns?$filter=servicePrincipalCredentialKeyId%20eq%20'x'"
    #expect(scene.graph("GET", stable).status == 400)
    #expect(scene.graph("GET", "/reports/appCredentialSignInActivities").status == 400)
    #expect(scene.graph("GET", "\(Self.activities)?$filter=keyId%20ne%20'x'").status == 400)
    scene.tenant.faults.activityReportMissing = true
    #expect(scene.graph("GET", Self.activities).status == 400)
  }

  @Test func `lets nobody read them without the role`() {
    let scene = TenantScene()
    #expect(scene.graph("GET", Self.activities).code == "Authorization_RequestDenied")
    #expect(scene.graph("GET", Self.signIns).code == "Authorization_RequestDenied")
  }

  @Test func `remembers a bounded number of sign-ins`() {
    let scene = Self.scene()
    for _ in 0..<250 { #expect(scene.accepts(scene.secret.value)) }
    #expect(scene.tenant.signIns(keyID: scene.secret.keyID).count == 200)
  }

  @Test func `shows and obeys the policy of an application`() throws {
    let scene = TenantScene()
    let path = "/applications/\(scene.application.objectID)/appManagementPolicies"
    #expect(scene.graph("GET", path).values.isEmpty)
    try scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.managementPolicy = ManagementPolicy(
        id: "3fb5e0b8-3c5e-4bd9-8b49-5a62e5c1e3c3",
        restrictions: [ManagementPolicy.Restriction(.lifetime(days: 30))])
    }
    let policy = try #require(scene.graph("GET", path).values.first)
    #expect(policy["isEnabled"] as? Bool == true)
    let refused = scene.addPassword()
    #expect(refused.code == "CredentialInvalidLifetimeAsPerAppPolicy")
    #expect(
      (refused.error["message"] as? String)?.contains("3fb5e0b8-3c5e-4bd9-8b49-5a62e5c1e3c3")
        == true)
    scene.tenant.faults.maximumLifetimeDays = 1
    #expect(
      scene.addPassword(#"{"passwordCredential":{"endDateTime":"2026-12-01T02:00:00Z"}}"#).status
        == 200)
    #expect(scene.graph("POST", path).status == 405)
  }
}
