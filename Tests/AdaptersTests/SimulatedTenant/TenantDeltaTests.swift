import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantDeltaTests {
  private let first = "/applications/delta?$select=id,displayName,passwordCredentials&$top=100"

  @Test func `tells of everything once, and then of nothing`() {
    let scene = TenantScene.populated(250)
    let reading = scene.read(first)
    #expect(Set(reading.ids).count == 252)
    #expect(reading.pages == 3)
    #expect(reading.last.text("@odata.nextLink") == nil)
    let again = scene.read(reading.deltaLink)
    #expect(again.values.isEmpty)
    #expect(again.deltaLink.contains("/applications/delta?$deltatoken="))
  }

  @Test(arguments: ["/applications/delta()?$select=id", "/applications/delta?$select=id"])
  func `is a function of the collection`(path: String) {
    #expect(TenantScene().read(path).ids.count == 2)
  }

  @Test func `shows what is selected and the id, or everything`() throws {
    let scene = TenantScene.populated(3)
    let selected = scene.read("/applications/delta?$select=displayName")
    #expect(selected.values.allSatisfy { Set($0.keys) == ["id", "displayName"] })
    let whole = scene.read("/applications/delta")
    #expect(whole.values.count == 5 && whole.values.allSatisfy { $0["signInAudience"] != nil })
    _ = scene.addPassword()
    #expect(Set(scene.read(selected.deltaLink).values[0].keys) == ["id", "displayName"])
    #expect(scene.read(whole.deltaLink).values[0]["signInAudience"] != nil)
  }

  @Test func `tells of each change once, as the application is now`() throws {
    let scene = TenantScene.populated(50)
    let link = scene.read(first).deltaLink
    let keyID = try #require(scene.addPassword().text("keyId"))
    try scene.tenant.changeApplication(appID: scene.application.appID) { $0.displayName = "New" }
    let reading = scene.read(link)
    #expect(reading.ids == [scene.application.objectID])
    #expect(reading.values[0]["displayName"] as? String == "New")
    let passwords = reading.values[0]["passwordCredentials"] as? [[String: Any]] ?? []
    #expect(passwords.contains { $0["keyId"] as? String == keyID })
    #expect(Set(reading.values[0].keys) == ["id", "displayName", "passwordCredentials"])
    #expect(scene.read(reading.deltaLink).values.isEmpty)
  }

  @Test func `tells of an application that vanishes and returns`() throws {
    let scene = TenantScene.populated(20)
    let link = scene.read(first).deltaLink
    let appID = scene.application.appID
    try scene.tenant.deleteApplicationInPortal(appID: appID)
    #expect(scene.graph("GET", "/applications(appId='\(appID)')").status == 404)
    let gone = scene.read(link)
    #expect(gone.ids == [scene.application.objectID])
    #expect(gone.values[0]["@removed"] as? [String: String] == ["reason": "changed"])
    #expect(gone.values[0]["displayName"] == nil)
    try scene.tenant.restoreApplicationInPortal(appID: appID)
    let back = scene.read(gone.deltaLink)
    #expect(back.ids == [scene.application.objectID] && back.values[0]["@removed"] == nil)
    try scene.tenant.deleteApplicationInPortal(appID: appID, forGood: true)
    let purged = scene.read(back.deltaLink)
    #expect(purged.values[0]["@removed"] as? [String: String] == ["reason": "deleted"])
    #expect(throws: SecretRefusal.unknownApplication) {
      try scene.tenant.restoreApplicationInPortal(appID: appID)
    }
  }

  @Test func `pages through changes, and tells afterwards of what changed meanwhile`() {
    let scene = TenantScene.populated(400)
    let small = "/applications/delta?$select=id&$top=10"
    let link = scene.read(small).deltaLink
    let changes = scene.tenant.changeShare(0.1, seed: 5)
    #expect(changes.total == 40)
    let reading = scene.read(link)
    #expect(reading.pages == 4)
    #expect(reading.ids.count == 40 && Set(reading.ids).count == 40)
    // The first, full read begins before the change and ends after it.
    let late = scene.read(small) { page in
      if page == 3 { _ = scene.addPassword() }
    }
    #expect(scene.read(late.deltaLink).ids == [scene.application.objectID])
  }

  @Test func `may tell nothing of credentials`() throws {
    let scene = TenantScene.populated(20)
    scene.tenant.faults.deltaOmitsCredentials = true
    let link = scene.read(first).deltaLink
    _ = scene.addPassword()
    let reading = scene.read(link)
    #expect(reading.values.isEmpty)
    try scene.tenant.changeApplication(appID: scene.application.appID) { $0.displayName = "New" }
    #expect(scene.read(reading.deltaLink).values.count == 1)
  }

  @Test(arguments: [false, true])
  func `forgets where a client was`(isFault: Bool) {
    let scene = TenantScene.populated(20)
    let link = scene.read(first).deltaLink
    scene.tenant.now.addTimeInterval(isFault ? 60 : 8 * 86_400)
    scene.tenant.faults.deltaTokensForgotten = isFault
    let answer = scene.graph("GET", link)
    #expect(answer.status == 410)
    #expect(answer.code == "syncStateNotFound")
    #expect(answer.header("Location")?.hasSuffix("/applications/delta?$deltatoken=") == true)
    #expect(scene.read(answer.header("Location") ?? "").ids.count == 22)
    scene.tenant.faults.deltaTokensForgotten = false
    #expect(scene.read(first).ids.count == 22)
  }

  @Test(arguments: [
    ("$deltatoken=nonsense", 400), ("$skiptoken=bGlzdHwzfDI", 400), ("$select=secret", 400),
    ("$filter=id%20eq%20'x'", 400), ("$deltatoken=latest", 200),
  ])
  func `refuses what it does not understand`(query: String, status: Int) {
    let answer = TenantScene().graph("GET", "/applications/delta?\(query)")
    #expect(answer.status == status)
    if status == 200 {
      #expect(answer.values.isEmpty && answer.text("@odata.deltaLink") != nil)
    }
  }

  @Test func `the same seed changes the same applications in the same ways`() {
    func night(_ seed: UInt64) -> ([String], TenantChanges) {
      let scene = TenantScene.populated(1000)
      let link = scene.read("/applications/delta?$select=id&$top=999").deltaLink
      let changes = scene.tenant.changeShare(0.05, seed: seed)
      return (scene.read(link).ids, changes)
    }
    let (ids, changes) = night(3)
    #expect(night(3).0 == ids && night(3).1 == changes)
    #expect(night(4).0 != ids)
    #expect(ids.count == 50 && changes.total == 50)
    for count in [changes.registered, changes.deleted, changes.renewed, changes.added] {
      #expect(count > 0)
    }
  }
}
