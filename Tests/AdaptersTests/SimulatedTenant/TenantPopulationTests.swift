import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantPopulationTests {
  @Test func `lists every application once, under ids that lead back to it`() {
    let scene = TenantScene.populated(250)
    let reading = scene.read("/applications?$select=id,appId&$top=99")
    #expect(reading.values.count == 252)
    #expect(reading.pages == 3)
    #expect(Set(reading.ids).count == 252)
    #expect(Set(reading.values.compactMap { $0["appId"] as? String }).count == 252)
    let token = scene.graphToken()
    for value in reading.values {
      let id = value["id"] as? String ?? ""
      let appID = value["appId"] as? String ?? ""
      let byID = scene.graph("GET", "/applications/\(id)?$select=appId", token: token)
      #expect(byID.text("appId") == appID)
      let byAppID = scene.graph("GET", "/applications(appId='\(appID)')?$select=id", token: token)
      #expect(byAppID.text("id") == id)
    }
    let stranger = scene.graph("GET", "/applications/00000000-0000-4000-8000-000000000000")
    #expect(stranger.status == 404)
  }

  @Test(arguments: [
    "", "id,appId,displayName,signInAudience,passwordCredentials", "keyCredentials",
  ])
  func `is the same to the byte whether it has a record of its own or not`(selected: String) {
    let scene = TenantScene.populated(300)
    let path = "/applications?$top=400" + (selected.isEmpty ? "" : "&$select=\(selected)")
    let token = scene.graphToken()
    let before = scene.graph("GET", path, token: token)
    // Reading one makes it one with a record.
    for id in scene.read("/applications?$select=id&$top=400").ids {
      _ = scene.graph("GET", "/applications/\(id)?$select=id", token: token)
    }
    #expect(scene.tenant.applications.count == 302)
    let after = scene.graph("GET", path, token: token)
    #expect(before.values.count == 302)
    #expect(before.response.body == after.response.body)
  }

  @Test func `follows from the seed`() {
    func body(_ seed: UInt64) -> Data {
      let scene = TenantScene.populated(50, seed: seed)
      return scene.graph("GET", "/applications").response.body
    }
    #expect(body(1) == body(1))
    #expect(body(1) != body(2))
  }

  @Test func `is like a tenant that people have used for years`() {
    let scene = TenantScene.populated(2000)
    let values = scene.read("/applications?$top=999").values
    let counts = values.map { ($0["passwordCredentials"] as? [Any])?.count ?? 0 }
    #expect(Set(counts) == [0, 1, 2, 3, 4])
    #expect((4700...5300).contains(counts.reduce(0, +)))
    let secrets = values.flatMap { $0["passwordCredentials"] as? [[String: Any]] ?? [] }
    let ends = secrets.compactMap { ($0["endDateTime"] as? String).flatMap(WireTime.parse) }
    #expect(ends.count == secrets.count)
    let expired = Double(ends.count { $0 < TenantScene.start }) / Double(ends.count)
    #expect((0.2...0.4).contains(expired))
    #expect(secrets.contains { $0["displayName"] is NSNull })
    #expect(secrets.contains { ($0["displayName"] as? String)?.contains("· kt-") == true })
    for value in values where (value["signInAudience"] as? String)?.contains("Personal") == true {
      #expect((value["passwordCredentials"] as? [Any])?.count ?? 0 <= 2)
    }
    let certified = values.count { ($0["keyCredentials"] as? [Any])?.isEmpty == false }
    #expect((200...400).contains(certified))
    #expect(Set(values.compactMap { $0["displayName"] as? String }).count > 1000)
  }

  @Test func `has as many secrets as it is told to`() {
    let scene = TenantScene.populated(100, secrets: .between(1...1))
    #expect((96...100).contains(scene.tenant.population?.secretCount ?? 0))
    let none = TenantScene.populated(100, secrets: .between(0...0))
    #expect(none.tenant.population?.secretCount == 0)
  }

  @Test func `is read once, whatever is added and deleted meanwhile`() throws {
    let scene = TenantScene.populated(500)
    let before = Set(scene.read("/applications?$select=id&$top=999").ids)
    let reading = scene.read("/applications?$select=id&$top=50") { page in
      _ = scene.tenant.changeShare(0.02, seed: UInt64(page))
    }
    let stayed = before.subtracting(
      scene.tenant.applications.filter { $0.deletedAt != nil }.map(\.objectID))
    #expect(before.count > stayed.count)
    #expect(stayed.isSubset(of: reading.ids))
    #expect(Set(reading.ids).count == reading.ids.count)
  }

  @Test func `can be signed in to, and given a secret, like any other`() throws {
    let scene = TenantScene.populated(40, secrets: .between(2...2))
    let appID = try #require(
      scene.read("/applications?$select=appId").values.last?["appId"] as? String)
    let application = try #require(scene.tenant.application(appID: appID))
    let good = application.history.first { $0.isValid(at: TenantScene.start) }
    if let good {
      #expect(scene.askForToken(of: appID, secret: good.value).status == 200)
    }
    let added = scene.graph("POST", "/applications(appId='\(appID)')/addPassword", body: "{}")
    let value = try #require(added.text("secretText"))
    #expect(scene.askForToken(of: appID, secret: value).status == 200)
    #expect(scene.tenant.applicationCount == 42)
  }

  @Test func `is found by name and counted`() throws {
    let scene = TenantScene.populated(120)
    let name = try #require(
      scene.read("/applications?$select=displayName").values.last?["displayName"] as? String)
    let encoded = name.replacing("'", with: "''")
      .addingPercentEncoding(withAllowedCharacters: .alphanumerics)
    let found = scene.graph("GET", "/applications?$filter=displayName%20eq%20'\(encoded ?? "")'")
    #expect(!found.values.isEmpty)
    let counted = scene.graph(
      "GET", "/applications/$count", headers: ["ConsistencyLevel": "eventual"])
    #expect(String(decoding: counted.response.body, as: UTF8.self) == "122")
  }

  @Test func `is owned by people and by other applications, or by nobody`() throws {
    let scene = TenantScene.populated(60)
    try scene.tenant.changeApplication(appID: scene.automation.appID) {
      $0.appRoles.insert("User.ReadBasic.All")
    }
    let token = scene.graphToken()
    let owners = scene.read("/applications?$select=id").ids.map {
      scene.graph("GET", "/applications/\($0)/owners", token: token).values
    }
    #expect(owners.contains { $0.isEmpty })
    #expect(owners.contains { $0.count == 2 })
    let person = try #require(owners.first { !$0.isEmpty }?.first)
    #expect(person["@odata.type"] as? String == "#microsoft.graph.user")
    #expect((person["userPrincipalName"] as? String)?.contains("@contoso") == true)
    try scene.tenant.changeApplication(appID: scene.application.appID) {
      $0.owners = [scene.automation.appID]
    }
    let path = "/applications/\(scene.application.objectID)/owners?$select=id"
    let principals = scene.graph("GET", path, token: token).values
    #expect(principals.first?["id"] as? String == scene.automation.servicePrincipalID)
  }
}
