import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantDataverseTests {
  @Test func `says who the application user is`() {
    let scene = TenantScene()
    let answer = scene.dataverse("WhoAmI", token: scene.environmentToken())
    #expect(answer.status == 200)
    let environment = scene.tenant.environments[0]
    #expect(answer.text("OrganizationId") == environment.organizationID)
    #expect(answer.text("UserId") == environment.applicationUsers[0].systemUserID)
    #expect(answer.text("BusinessUnitId") == environment.businessUnitID)
    #expect(
      answer.text("@odata.context") == """
        https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.\
        WhoAmIResponse
        """)
    #expect(scene.dataverse("WhoAmI()", token: scene.environmentToken()).status == 200)
  }

  @Test func `tells a caller without a token which tenant it belongs to`() {
    let scene = TenantScene()
    let answer = scene.dataverse("WhoAmI", token: nil)
    #expect(answer.status == 401)
    #expect(answer.response.body.isEmpty)
    #expect(
      answer.header("WWW-Authenticate") == """
        Bearer authorization_uri=https://login.microsoftonline.com/\(scene.tenant.id)\
        /oauth2/authorize, resource_id=https://contoso.crm.dynamics.com/
        """)
  }

  @Test func `refuses a token for Graph and one that has expired`() {
    let scene = TenantScene()
    #expect(scene.dataverse("WhoAmI", token: scene.graphToken()).status == 401)
    let token = scene.environmentToken()
    scene.tenant.now.addTimeInterval(3600)
    #expect(scene.dataverse("WhoAmI", token: token).status == 401)
  }

  @Test func `knows no member where the application user is missing`() {
    let scene = TenantScene()
    scene.tenant.faults.applicationUserMissing = true
    let answer = scene.dataverse("WhoAmI", token: scene.environmentToken())
    #expect(answer.status == 403)
    #expect(answer.code == "0x80072560")
    #expect(answer.error["message"] as? String == "The user is not a member of the organization.")
  }

  @Test func `is another organization with another user when the environment has changed`() {
    let scene = TenantScene()
    let before = scene.dataverse("WhoAmI", token: scene.environmentToken())
    scene.tenant.faults.environmentChanged = true
    let after = scene.dataverse("WhoAmI", token: scene.environmentToken())
    #expect(after.status == 200)
    #expect(before.text("OrganizationId") != after.text("OrganizationId"))
    #expect(before.text("UserId") != after.text("UserId"))
    let again = scene.dataverse("WhoAmI", token: scene.environmentToken())
    #expect(after.text("UserId") == again.text("UserId"))
  }

  @Test(
    arguments: [
      (nil, "0x80072322", "Number of requests exceeded the limit of 6000"),
      ("0x80072321", "0x80072321", "Combined execution time"),
      ("0x80072326", "0x80072326", "Number of concurrent requests exceeded the limit of 52."),
    ] as [(String?, String, String)])
  func `protects itself in three ways`(asked: String?, code: String, message: String) {
    let scene = TenantScene()
    scene.tenant.faults.dataverseThrottle = Faults.Throttle(count: 1, retryAfter: 4, code: asked)
    let answer = scene.dataverse("WhoAmI", token: scene.environmentToken())
    #expect(answer.status == 429)
    #expect(answer.code == code)
    #expect((answer.error["message"] as? String)?.hasPrefix(message) == true)
    #expect(answer.header("Retry-After") == "4")
  }

  @Test func `lists the application user with its roles`() throws {
    let scene = TenantScene()
    let filter = "applicationid%20eq%20\(scene.application.appID)"
    let answer = scene.dataverse(
      "systemusers?$select=systemuserid,isdisabled&$filter=\(filter)"
        + "&$expand=systemuserroles_association($select=name,roleid)&$top=1",
      token: scene.environmentToken())
    let user = try #require(answer.values.first)
    #expect(answer.values.count == 1)
    #expect(user["isdisabled"] as? Bool == false)
    let roles = try #require(user["systemuserroles_association"] as? [[String: String]])
    #expect(roles.map { $0["name"] } == ["System Administrator"])
  }

  @Test func `refuses a disabled user, and a list to a user without a role`() {
    let scene = TenantScene()
    scene.tenant.environments[0].applicationUsers[0].roles = []
    #expect(scene.dataverse("WhoAmI", token: scene.environmentToken()).status == 200)
    #expect(scene.dataverse("systemusers", token: scene.environmentToken()).code == "0x80040220")
    scene.tenant.environments[0].applicationUsers[0].isDisabled = true
    #expect(scene.dataverse("WhoAmI", token: scene.environmentToken()).status == 403)
  }
}
