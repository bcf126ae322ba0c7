import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantReplayTests {
  /// A night's worth of requests on a bad day.
  private func history(seed: UInt64) -> [TenantResponse] {
    let scene = TenantScene(seed: seed, replication: .slow)
    var responses: [TenantResponse] = []
    for step in 0..<40 {
      scene.tenant.now.addTimeInterval(Double(step))
      scene.tenant.faults.flapping = step % 3 == 0
      scene.tenant.faults.lostAnswers = step % 7 == 0 ? 1 : 0
      let added = scene.addPassword()
      responses.append(added.response)
      responses.append(scene.askForToken(secret: added.text("secretText") ?? "").response)
      responses.append(scene.graph("GET", "/applications?$top=1").response)
      responses.append(scene.dataverse("WhoAmI", token: scene.environmentToken()).response)
      responses.append(scene.removePassword(added.text("keyId") ?? "").response)
    }
    return responses
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the same seed gives the same answers, to the byte`(seed: UInt64) {
    #expect(history(seed: seed) == history(seed: seed))
  }

  @Test func `another seed gives other answers`() {
    #expect(history(seed: 1) != history(seed: 2))
    #expect(TenantScene(seed: 1).tenant.id != TenantScene(seed: 2).tenant.id)
  }

  @Test func `a copy is a tenant of its own`() {
    let scene = TenantScene()
    let copy = scene.tenant
    _ = scene.addPassword()
    #expect(copy.application(appID: scene.application.appID)?.secrets.count == 1)
    #expect(scene.tenant.application(appID: scene.application.appID)?.secrets.count == 2)
  }
}
