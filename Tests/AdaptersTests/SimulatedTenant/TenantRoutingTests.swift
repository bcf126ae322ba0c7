import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantRoutingTests {
  @Test func `tells the services apart by path where one host serves all`() {
    let scene = TenantScene()
    scene.tenant.endpoints.serveAll(at: "https://localhost:8443")
    scene.tenant.environments[0].urls.insert("https://localhost:8443", at: 0)
    let token =
      scene.askForToken(secret: scene.secret.value, scope: "https://localhost:8443//.default")
      .text("access_token") ?? ""
    let headers: HeaderFields = ["authorization": "Bearer " + token]
    func ask(_ path: String) -> TenantAnswer {
      TenantAnswer(
        scene.tenant.respond(
          to: TenantRequest("GET", "https://localhost:8443" + path, headers: headers)))
    }
    #expect(ask("/api/data/v9.2/WhoAmI").status == 200)
    #expect(ask("/v1.0/applications").code == "Authorization_RequestDenied")
    #expect(ask("/subscriptions?api-version=2022-12-01").values.isEmpty)
    #expect(ask("/subscriptions").status == 200)
    let page = ask("/\(scene.tenant.id)/v2.0/.well-known/openid-configuration")
    #expect(
      page.text("token_endpoint")
        == "https://localhost:8443/\(scene.tenant.id)/oauth2/v2.0/token")
    #expect(page.text("issuer") == "https://localhost:8443/\(scene.tenant.id)/v2.0")
  }

  @Test func `a host that is one service answers as nothing else`() {
    let scene = TenantScene()
    let response = scene.tenant.respond(
      to: TenantRequest("GET", "https://login.microsoftonline.com/v1.0/applications"))
    #expect(response.status == 404)
    let graph = TenantAnswer(
      scene.tenant.respond(to: TenantRequest("GET", "https://graph.microsoft.com/api/data/v9.2")))
    #expect(graph.code == "InvalidAuthenticationToken")
  }

  @Test func `discovery leads to the tenant that is asked for`() {
    let scene = TenantScene()
    let answer = TenantAnswer(
      scene.tenant.respond(
        to: TenantRequest(
          "GET",
          "https://login.microsoftonline.com/common/discovery/instance?api-version=1.0"
            + "&authorization_endpoint=https%3A%2F%2Flocalhost%2Ft1%2Foauth2%2Fv2.0%2Fauthorize")))
    #expect(
      answer.text("tenant_discovery_endpoint")
        == "https://login.microsoftonline.com/t1/v2.0/.well-known/openid-configuration")
  }

  @Test func `discovery refuses an unknown tenant in its own word`() {
    let scene = TenantScene()
    let answer = TenantAnswer(
      scene.tenant.respond(
        to: TenantRequest(
          "GET",
          "https://login.microsoftonline.com/fabrikam.com/v2.0/.well-known/openid-configuration")))
    #expect(answer.status == 400)
    #expect(answer.text("error") == "invalid_tenant")
    #expect(answer.signInCode == 90_002)
  }
}
