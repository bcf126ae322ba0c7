import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantPortalTests {
  @Test func `24 months are 730 days in the portal`() throws {
    let scene = TenantScene()
    let secret = try scene.tenant.createSecretInPortal(
      appID: scene.application.appID, displayName: "portal")
    #expect(secret.expiresAt.timeIntervalSince(secret.startsAt) == 730 * 86_400)
    #expect(secret.hint == String(secret.value.prefix(3)))
    #expect(scene.shownKeyIDs().contains(secret.keyID))
  }

  @Test func `the portal makes nothing that lives longer than 24 months`() {
    let scene = TenantScene()
    #expect(throws: SecretRefusal.lifetimeBeyondPortal) {
      try scene.tenant.createSecretInPortal(
        appID: scene.application.appID, displayName: nil, days: 732)
    }
  }

  @Test func `deletes a secret, and only one that is there`() throws {
    let scene = TenantScene()
    let appID = scene.application.appID
    try scene.tenant.deleteSecretInPortal(appID: appID, keyID: scene.secret.keyID.uppercased())
    #expect(!scene.tenant.isValid(scene.secret.value, appID: appID))
    #expect(throws: SecretRefusal.unknownSecret) {
      try scene.tenant.deleteSecretInPortal(appID: appID, keyID: scene.secret.keyID)
    }
    #expect(throws: SecretRefusal.unknownApplication) {
      try scene.tenant.deleteSecretInPortal(appID: "nobody", keyID: scene.secret.keyID)
    }
  }

  @Test func `obeys the policy as Graph does`() {
    let scene = TenantScene()
    scene.tenant.faults.maximumLifetimeDays = 180
    #expect(
      throws: SecretRefusal.lifetimeForbiddenByPolicy(id: "00000000-0000-0000-0000-000000000000")
    ) {
      try scene.tenant.createSecretInPortal(appID: scene.application.appID, displayName: nil)
    }
  }

  @Test func `keeps the truth about every secret that ever was`() throws {
    let scene = TenantScene()
    let appID = scene.application.appID
    scene.tenant.now.addTimeInterval(60)
    try scene.tenant.deleteSecretInPortal(appID: appID, keyID: scene.secret.keyID)
    let application = try #require(scene.tenant.application(appID: appID))
    #expect(application.secrets.isEmpty)
    #expect(application.history.map(\.value) == [scene.secret.value])
    #expect(application.history[0].removedAt == TenantScene.start.addingTimeInterval(60))
  }
}
