import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

/// An older database is put back: what went into use since is recognised by its sign-ins, where the
/// tenant tells of them.
@Suite struct RestoredBackupTests {
  private static let name = Stage.name

  /// A spare is parked, the database is copied, the spare goes into use, and the copy is put back.
  private func restoredStage(isTold: Bool) async throws -> Stage {
    let stage = try await Stage(
      connection: [
        "consumer: magentrix", "policy: { rotate: automatic, standby: true, grace: 1d }",
      ], graph: true)
    if isTold { try stage.grant("AuditLog.Read.All") }
    await stage.adopt()
    await stage.run("check")
    await stage.run("confirm", Self.name).ended(0)
    await stage.nights(3)
    #expect(try await stage.step() == "validated")
    let copy = try Data(contentsOf: URL(filePath: stage.database))
    await stage.run("rotate", Self.name, "--yes").ended(0)
    await stage.run("confirm", Self.name).ended(0)
    stage.pass(days: 1)
    try await stage.signIn(with: stage.storedValue())
    stage.pass(days: 0.5)
    try copy.write(to: URL(filePath: stage.database))
    return stage
  }

  private func keyIDs(_ stage: Stage) -> [String] {
    stage.tenant.withTenant { tenant in
      tenant.application(appID: stage.clientID)?.secrets.map(\.keyID) ?? []
    }
  }

  @Test func `what the portal uses is not given up, and rotating goes on with it`() async throws {
    let stage = try await restoredStage(isTold: true)
    let before = keyIDs(stage)
    await stage.run("abandon", Self.name, "--yes").ended(64).saying("it was used on 2026-11-2")
      .saying("the secret in use: keyturn rotate").saying("abandon \(Self.name) --now")
    #expect(keyIDs(stage) == before)
    #expect(try await stage.step() == "validated")
    await stage.run("rotate", Self.name, "--yes").ended(0)
    #expect(keyIDs(stage) == before)
    let value = await stage.storedValue()
    let current = stage.tenant.withTenant { tenant in
      tenant.application(appID: stage.clientID)?.secrets.first { $0.value == value }?.keyID
    }
    #expect(current == before.last)
  }

  @Test func `whoever insists gives it up all the same`() async throws {
    let stage = try await restoredStage(isTold: true)
    let before = keyIDs(stage)
    await stage.run("abandon", Self.name, "--yes", "--now").ended(0)
    #expect(keyIDs(stage) == before.dropLast())
  }

  @Test func `without the evidence nobody can tell`() async throws {
    let stage = try await restoredStage(isTold: false)
    let before = keyIDs(stage)
    await stage.run("abandon", Self.name, "--yes").ended(0)
    #expect(keyIDs(stage) == before.dropLast())
  }

  /// The copy was made while the secret now in use was being made: it looks like what a crash left.
  @Test(arguments: [true, false])
  func `what carries a known marker is left alone if somebody uses it`(isUsed: Bool) async throws {
    let stage = try await Stage(
      connection: ["consumer: none", "policy: { rotate: automatic }"], graph: true)
    try stage.grant("AuditLog.Read.All")
    await stage.adopt()
    stage.fail { $0.concurrencyViolations = 9 }
    await stage.run("check").ended(1)
    stage.fail { $0.concurrencyViolations = 0 }
    let history = try await stage.run("history", "--json").json()
    let events = try #require(history["events"] as? [[String: Any]])
    let marker = try #require(
      events.compactMap { $0["detail"] as? String }.first { $0.hasPrefix("marker ") })
    let made = try stage.tenant.withTenant { tenant in
      try tenant.createSecretInPortal(
        appID: stage.clientID,
        displayName: "Magentrix D365 Secret · \(marker.dropFirst("marker ".count))")
    }
    if isUsed { try await stage.signIn(with: made.value) }
    await stage.run("check")
    #expect(keyIDs(stage).contains(made.keyID) == isUsed)
    await stage.nights(3)
    #expect(keyIDs(stage).contains(made.keyID) == isUsed)
    guard isUsed else { return }
    let report = try await stage.run("check", "--json").ended(1).json()
    #expect(report.description.contains("the record does not know it"))
    await stage.run("history").printing("nothing but \(made.keyID), which is in use,")
  }
}

/// What keyturn itself did with a secret is no use of it by others, and what is in use is not removed
/// under another name.
@Suite struct OwnSignInTests {
  private static let name = Stage.name

  private func stage(_ policy: String) async throws -> Stage {
    let stage = try await Stage(
      connection: ["consumer: magentrix", "policy: { \(policy) }"], graph: true)
    try stage.grant("AuditLog.Read.All")
    await stage.adopt()
    return stage
  }

  private func secrets(_ stage: Stage) -> [IssuedSecret] {
    stage.tenant.withTenant { $0.application(appID: stage.clientID)?.secrets ?? [] }
  }

  @Test func `a rollback that failed does not keep the old secret for ever`() async throws {
    let stage = try await stage("rotate: automatic, grace: 2d")
    await stage.run("check").ended(1)
    await stage.run("confirm", Self.name).ended(0)
    stage.pass(days: 1)
    stage.fail { $0.applicationUserMissing = true }
    #expect(await stage.run("rollback", Self.name, "--yes").status != 0)
    stage.fail { $0.applicationUserMissing = false }
    await stage.nights(3).ended(0)
    #expect(secrets(stage).count == 1)
  }

  @Test func `a spare that was tried and given up is removed, though it was signed in with`()
    async throws
  {
    let stage = try await stage("rotate: automatic, standby: true, grace: 1d")
    await stage.run("check")
    await stage.run("confirm", Self.name).ended(0)
    for _ in 1...5 where try await stage.step() != "validated" { await stage.nights(1) }
    #expect(try await stage.step() == "validated")
    let spare = try #require(secrets(stage).last)
    // Its removal succeeds, and a lost update brings it back under its marker.
    await stage.run("abandon", Self.name, "--yes", "--now").ended(0)
    let marker = try #require(spare.displayName?.split(separator: " ").last)
    let back = try stage.tenant.withTenant { tenant in
      try tenant.createSecretInPortal(appID: stage.clientID, displayName: "back · \(marker)")
    }
    try await stage.signIn(with: back.value)
    await stage.nights(1)
    #expect(!secrets(stage).contains { $0.keyID == back.keyID })
  }

  @Test func `a superseded value that is pasted again is not removed as superseded`() async throws {
    let stage = try await stage("rotate: guided, grace: 1d")
    let first = stage.seeded
    _ = try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    // The second one is deleted, so that its rotation is set aside: the first one is left over.
    try stage.deleteSecret(try #require(secrets(stage).last))
    #expect(await stage.run("validate", Self.name).status != 0)
    await stage.run("rotate", Self.name, answers: [.end(at: "Value")]).ended(130)
    await stage.run(
      "rotate", Self.name, "--expires", Timestamp.format(first.expiresAt), "--secret-stdin",
      input: first.value
    ).ended(0)
    #expect(await stage.storedValue() == first.value)
    await stage.run("confirm", Self.name).ended(0)
    await stage.nights(3)
    #expect(secrets(stage).contains { $0.keyID == first.keyID })
  }
}
