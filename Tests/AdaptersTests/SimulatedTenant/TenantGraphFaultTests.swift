import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantGraphFaultTests {
  @Test func `makes the secret whose answer gets lost`() {
    let scene = TenantScene()
    scene.tenant.faults.lostAnswers = 1
    #expect(scene.addPassword().response.delivery == .connectionClosed)
    #expect(scene.tenant.application(appID: scene.application.appID)?.secrets.count == 2)
    #expect(scene.addPassword().response.delivery == .normal)
  }

  @Test(arguments: [409, 503])
  func `does nothing when it reports concurrent requests`(status: Int) {
    let scene = TenantScene()
    scene.tenant.faults.concurrencyViolations = 2
    scene.tenant.faults.concurrencyViolationStatus = status
    for _ in 0..<2 {
      let answer = scene.addPassword()
      #expect(answer.status == status)
      #expect(answer.code == "Directory_ConcurrencyViolation")
    }
    #expect(scene.tenant.application(appID: scene.application.appID)?.secrets.count == 1)
    #expect(scene.addPassword().status == 200)
  }

  @Test func `reports concurrent requests to an addition and not to the removal before it`() {
    let scene = TenantScene()
    scene.tenant.faults.additionViolations = 1
    #expect(scene.removePassword(scene.secret.keyID).status == 204)
    #expect(scene.addPassword().code == "Directory_ConcurrencyViolation")
    #expect(scene.addPassword().status == 200)
  }

  @Test func `refuses every write and no read for lack of privileges`() {
    let scene = TenantScene()
    scene.tenant.faults.writesForbidden = true
    #expect(scene.addPassword().status == 403)
    #expect(scene.removePassword(scene.secret.keyID).status == 403)
    #expect(scene.graph("GET", "/applications").status == 200)
  }

  @Test func `fails to remove for a while after an addition`() throws {
    let scene = TenantScene()
    scene.tenant.faults.removalFailsAfterAddition = 30
    _ = scene.addPassword()
    #expect(scene.removePassword(scene.secret.keyID).status == 500)
    #expect(scene.shownKeyIDs().contains(scene.secret.keyID))
    scene.tenant.now.addTimeInterval(30)
    #expect(scene.removePassword(scene.secret.keyID).status == 204)
  }

  @Test func `a lost update takes the new secret along when the old one is removed`() throws {
    let scene = TenantScene()
    let keyID = try #require(scene.addPassword().text("keyId"))
    scene.tenant.faults.lostUpdates = 1
    #expect(scene.removePassword(scene.secret.keyID).status == 204)
    #expect(scene.shownKeyIDs().isEmpty)
    #expect(scene.tenant.application(appID: scene.application.appID)?.secret(keyID: keyID) == nil)
  }

  @Test func `no update is lost to one that comes much later`() {
    let scene = TenantScene()
    #expect(scene.addPassword().status == 200)
    scene.tenant.faults.lostUpdates = 1
    scene.tenant.now.addTimeInterval(601)
    #expect(scene.removePassword(scene.secret.keyID).status == 204)
    #expect(scene.shownKeyIDs().count == 1)
  }

  @Test func `a lost update brings a removed secret back`() {
    let scene = TenantScene()
    #expect(scene.removePassword(scene.secret.keyID).status == 204)
    scene.tenant.faults.lostUpdates = 1
    #expect(scene.addPassword().status == 200)
    #expect(scene.shownKeyIDs().contains(scene.secret.keyID))
    #expect(scene.accepts(scene.secret.value))
  }
}
