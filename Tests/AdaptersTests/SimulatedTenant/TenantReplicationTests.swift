import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantReplicationTests {
  /// What the token endpoint says about a value, asked each quarter of a second.
  private func answers(
    _ scene: TenantScene, about value: String, from start: Double, to end: Double
  ) -> [Bool] {
    stride(from: start, through: end, by: 0.25).map { seconds in
      scene.tenant.now = TenantScene.start.addingTimeInterval(seconds)
      return scene.accepts(value)
    }
  }

  @Test func `accepts a new secret nowhere, then here and there, then everywhere`() throws {
    let scene = TenantScene(replication: .mild)
    let appID = scene.application.appID
    let secret = try scene.tenant.createSecretInPortal(appID: appID, displayName: "new")
    #expect(scene.tenant.isValid(secret.value, appID: appID))
    #expect(!scene.tenant.isAcceptedEverywhere(secret.value, appID: appID))
    scene.tenant.now = TenantScene.start.addingTimeInterval(3.9)
    #expect(!scene.accepts(secret.value))
    let settling = answers(scene, about: secret.value, from: 4, to: 20)
    let first = try #require(settling.firstIndex(of: true))
    #expect(settling[first...].contains(false), "a success is followed by a refusal")
    #expect(answers(scene, about: secret.value, from: 20.25, to: 30).allSatisfy { $0 })
    #expect(scene.tenant.isAcceptedEverywhere(secret.value, appID: appID))
  }

  @Test func `goes on accepting a removed secret here and there`() throws {
    let scene = TenantScene(replication: .mild)
    let appID = scene.application.appID
    try scene.tenant.deleteSecretInPortal(appID: appID, keyID: scene.secret.keyID)
    #expect(!scene.tenant.isValid(scene.secret.value, appID: appID))
    let value = scene.secret.value
    #expect(answers(scene, about: value, from: 0, to: 3.75).allSatisfy { $0 })
    let settling = answers(scene, about: value, from: 4, to: 20)
    let first = try #require(settling.firstIndex(of: false))
    #expect(settling[first...].contains(true), "a refusal is followed by a success")
    #expect(answers(scene, about: value, from: 20.25, to: 30).allSatisfy { !$0 })
  }

  @Test func `knows everything at once where nothing lags`() throws {
    let scene = TenantScene(replication: .none)
    let answer = scene.addPassword()
    let value = try #require(answer.text("secretText"))
    #expect(scene.accepts(value))
    let keyID = try #require(answer.text("keyId"))
    #expect(scene.shownKeyIDs() == [scene.secret.keyID, keyID])
    #expect(scene.removePassword(keyID).status == 204)
    #expect(scene.shownKeyIDs() == [scene.secret.keyID])
  }

  @Test func `reads of Graph go backwards on a bad day`() throws {
    let scene = TenantScene(replication: .slow)
    let token = scene.graphToken()
    let keyID = try #require(scene.addPassword(token: token).text("keyId"))
    var seen: [Bool] = []
    for _ in 0..<60 {
      scene.tenant.now.addTimeInterval(0.5)
      seen.append(scene.shownKeyIDs(token: token).contains(keyID))
    }
    let first = try #require(seen.firstIndex(of: true))
    #expect(seen[first...].contains(false))
    scene.tenant.now = TenantScene.start.addingTimeInterval(31)
    #expect((0..<20).allSatisfy { _ in scene.shownKeyIDs(token: token).contains(keyID) })
  }

  @Test func `a stale Graph shows a change only later`() throws {
    let scene = TenantScene()
    scene.tenant.faults.readStaleness = 10
    let token = scene.graphToken()
    let keyID = try #require(scene.addPassword(token: token).text("keyId"))
    #expect(!scene.shownKeyIDs(token: token).contains(keyID))
    #expect(
      scene.removePassword(keyID, token: token).status == 400,
      "what a replica does not show it cannot remove")
    scene.tenant.now.addTimeInterval(10)
    #expect(scene.shownKeyIDs(token: token).contains(keyID))
  }

  @Test func `a flapping Graph shows a change, hides it and shows it again`() throws {
    let scene = TenantScene()
    scene.tenant.faults.flapping = true
    let token = scene.graphToken()
    let keyID = try #require(scene.addPassword(token: token).text("keyId"))
    scene.tenant.now.addTimeInterval(15)
    let seen = (0..<40).map { _ in scene.shownKeyIDs(token: token).contains(keyID) }
    let first = try #require(seen.firstIndex(of: true))
    let hidden = try #require(seen[first...].firstIndex(of: false))
    #expect(seen[hidden...].contains(true))
  }
}
