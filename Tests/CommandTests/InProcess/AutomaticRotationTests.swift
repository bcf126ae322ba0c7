import Adapters
import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

/// Rotations that need nobody: by the nightly check, and by hand through Graph.
@Suite struct AutomaticRotationTests {
  private static let name = Stage.name
  private static let alone = ["consumer: none", "policy: { rotate: automatic }"]
  private static let portal = ["consumer: magentrix", "policy: { rotate: automatic }"]

  /// An installation whose secret has 23 days left, less than `rotate_before`.
  private func stage(
    _ connection: [String] = alone, settings: [String] = [], replication: Replication = .none
  ) async throws -> Stage {
    let stage = try await Stage(
      connection: connection, settings: settings, graph: true, replication: replication)
    await stage.adopt()
    return stage
  }

  private func secrets(_ stage: Stage) -> [IssuedSecret] {
    stage.tenant.withTenant { $0.application(appID: stage.clientID)?.secrets ?? [] }
  }

  private func writes(_ stage: Stage) -> [String] {
    stage.tenant.requests.compactMap { request in
      request.method == "POST" && request.path.contains("Password")
        ? request.path.split(separator: "/").last.map(String.init) : nil
    }
  }

  @Test func `a night makes, proves and switches, and a later one retires`() async throws {
    let stage = try await stage(replication: .mild)
    let night = await stage.run("check").ended(0)
    night.printing("create").neverShowing(stage.seeded.value)
    let made = try #require(secrets(stage).last)
    #expect(secrets(stage).count == 2)
    #expect(await stage.storedValue() == made.value)
    #expect(made.displayName?.hasPrefix("Magentrix D365 Secret · kt-") == true)
    // Two calendar years, as they were asked for and returned.
    #expect(Timestamp.day(made.expiresAt) == "2028-11-22")
    #expect(try await stage.step() == "handed_over")
    await stage.nights(6).ended(0)
    #expect(secrets(stage).count == 2)
    await stage.nights(2).ended(0)
    #expect(secrets(stage).map(\.keyID) == [made.keyID])
    #expect(try await stage.step() == nil)
    #expect(writes(stage) == ["addPassword", "removePassword"])
    await stage.run("history", "--verify").ended(0)
    stage.pass(days: 1)
    await stage.run("check", "--json").ended(0).neverShowing(made.value)
  }

  @Test func `one rotation costs two calls to Graph, and one write for each step`() async throws {
    let fresh = try await stage()
    let start = fresh.tenant.requests.count
    await fresh.run("rotate", Self.name, "--automatic", "--yes").ended(0)
    let graph = fresh.tenant.requests.dropFirst(start).filter { $0.host?.contains("graph") == true }
    #expect(graph.map(\.method) == ["POST", "GET"])
    let events = try await fresh.run("history", "--json").json()["events"] as? [[String: Any]]
    #expect(
      events?.compactMap { $0["action"] as? String } == [
        "secret.adopted", "rotation.begun", "rotation.created", "rotation.validated",
        "rotation.switched",
      ])
  }

  @Test func `a portal is handed over by a person, who then has the grace`() async throws {
    let stage = try await stage(Self.portal)
    await stage.run("check").ended(1).printing("waits for the hand-over of the new secret")
    await stage.nights(3).ended(1)
    #expect(secrets(stage).count == 2)
    await stage.run("confirm", Self.name).ended(0).printing(", then keyturn check removes it")
    await stage.nights(8).ended(0)
    #expect(secrets(stage).count == 1)
  }

  @Test func `whoever still uses the old secret keeps it, and is named`() async throws {
    let stage = try await stage()
    await stage.run("check").ended(0)
    try stage.grant("AuditLog.Read.All")
    await stage.nights(5)
    try await stage.signIn(with: stage.seeded.value)
    await stage.nights(3).ended(1).printing("it was used on 2026-11-27")
    #expect(secrets(stage).count == 2)
    await stage.run("retire", Self.name, "--yes", "--now").ended(0).saying("It was used on")
    #expect(secrets(stage).count == 1)
  }

  @Test func `a tenant that forbids writing leaves a guided rotation, and says so`() async throws {
    let stage = try await stage()
    stage.fail { $0.writesForbidden = true }
    await stage.run("check").ended(1).printing("Authorization_RequestDenied")
      .printing("the rotation is a guided one now: a person makes the secret")
    let rotation = try #require(try await stage.state()["rotation"] as? [String: Any])
    #expect(rotation["mode"] as? String == "guided")
    #expect(rotation["step"] as? String == "begun")
    await stage.run("check").ended(1)
    #expect(writes(stage).count == 1)
    let made = try await stage.rotate()
    #expect(await stage.storedValue() == made.value)
    // Removing is forbidden as well, so it waits for a hand.
    await stage.nights(8).ended(1).printing("stands at 'retiring'")
      .printing("Authorization_RequestDenied")
    #expect(secrets(stage).count == 2)
    try stage.deleteSecret(stage.seeded)
    await stage.nights(1).ended(0)
    #expect(try await stage.step() == nil)
  }

  @Test func `a policy that allows less is obeyed, and said`() async throws {
    let stage = try await stage()
    stage.fail { $0.maximumLifetimeDays = 180 }
    try stage.grant("Policy.Read.All")
    await stage.run("rotate", Self.name, "--yes").ended(0)
      .saying("as late as the tenant's policy allows")
    let made = try #require(secrets(stage).last)
    #expect(made.expiresAt.timeIntervalSince(stage.clock.now) <= 180 * 86_400)
    #expect(made.expiresAt.timeIntervalSince(stage.clock.now) > 179 * 86_400)
    #expect(writes(stage).count(where: { $0 == "addPassword" }) == 2)
    await stage.run("history").printing("as late as the tenant's policy allows")
  }

  @Test func `a policy that forbids secrets is a conflict, each night, and nothing else happens`()
    async throws
  {
    let stage = try await stage()
    stage.fail { $0.secretsForbidden = true }
    for _ in 1...3 {
      let report = await stage.run("check", "--json").ended(1)
      #expect(try report.json().description.contains("policy_conflict"))
      stage.pass(days: 1)
    }
    stage.fail { $0.secretsForbidden = false }
    await stage.run("check").ended(0)
    #expect(secrets(stage).count == 2)
  }

  @Test func `a lost answer is looked for, and leaves no orphan`() async throws {
    let stage = try await stage()
    stage.fail { $0.lostAnswers = 1 }
    await stage.run("check").ended(0)
    let left = secrets(stage)
    #expect(left.count == 2)
    #expect(writes(stage) == ["addPassword", "removePassword", "addPassword"])
    #expect(await stage.storedValue() == left.last?.value)
  }

  @Test func `compromised gives no grace, and says what lives on`() async throws {
    let stage = try await stage(Self.portal)
    await stage.run("rotate", Self.name, "--compromised", "--yes").ended(0)
      .saying("live on for about an hour").printing("next: enter it at magentrix")
    #expect(secrets(stage).count == 2)
    await stage.run("confirm", Self.name).ended(0)
    await stage.run("check").ended(0)
    #expect(secrets(stage).count == 1)
    #expect(await stage.storedValue() == secrets(stage).first?.value)
  }

  @Test func `compromised with nobody to tell removes the old secret at once`() async throws {
    let stage = try await stage()
    await stage.run("rotate", Self.name, "--compromised", "--yes").ended(0)
      .saying("Step 5 of 5: Remove the previous secret")
    #expect(secrets(stage).count == 1)
    #expect(await stage.storedValue() == secrets(stage).first?.value)
  }

  @Test func `a spare is made early, kept proven, and used at half of its life`() async throws {
    let stage = try await stage([
      "consumer: none", "policy: { rotate: automatic, standby: true, grace: 1d }",
    ])
    // The seeded secret is due; its successor gets a spare once it is retired.
    await stage.run("check").ended(0)
    await stage.nights(2).ended(0)
    let current = await stage.storedValue()
    #expect(secrets(stage).count == 2)
    #expect(try await stage.step() == "validated")
    stage.pass(days: 200)
    await stage.nights(1)
    #expect(await stage.storedValue() == current)
    let spare = try #require(secrets(stage).last)
    stage.pass(days: 170)
    await stage.nights(1)
    #expect(await stage.storedValue() == spare.value)
    #expect(writes(stage) == ["addPassword", "removePassword", "addPassword"])
  }

  @Test func `what others made is shown, and left alone`() async throws {
    let stage = try await stage(["consumer: none"])
    try stage.tenant.withTenant { tenant in
      _ = try tenant.createSecretInPortal(appID: stage.clientID, displayName: "made by hand")
    }
    let report = try await stage.run("check", "--json").json()
    #expect(report.description.contains("foreign"))
    #expect(report.description.contains("made by hand"))
    #expect(secrets(stage).count == 2)
  }

  @Test func `a secret that was deleted in the portal is critical, and replaced`() async throws {
    let stage = try await stage([
      "consumer: none", "policy: { rotate: automatic, rotate_before: 2d }",
    ])
    await stage.run("check").ended(0)
    let guided = try await Stage(connection: ["consumer: none"], graph: true)
    await guided.adopt()
    try guided.deleteSecret(guided.seeded)
    guided.pass(days: 1)
    await guided.run("check").ended(2)
    // With its own secret gone, the application can't sign in to make another one.
    try stage.deleteSecret(stage.seeded)
    await stage.nights(1).ended(2)
  }

  /// With its own secret gone the application can't sign in, so that a person has to help.
  @Test(arguments: [false, true])
  func `a rotation to a secret that was deleted is no dead end`(isHandedOver: Bool) async throws {
    let stage = try await stage(Self.portal, settings: ["validation: { timeout: 30s }"])
    await stage.run("check").ended(1)
    if isHandedOver { await stage.run("confirm", Self.name).ended(0) }
    try stage.deleteSecret(try #require(secrets(stage).last))
    await stage.nights(1).ended(2)
    let made = try await stage.rotate()
    #expect(await stage.storedValue() == made.value)
    await stage.run("confirm", Self.name).ended(0)
    await stage.nights(9).ended(0)
    #expect(secrets(stage).map(\.keyID) == [made.keyID])
  }

  @Test func `piped, rotating needs --yes`() async throws {
    let stage = try await stage()
    await stage.run("rotate", Self.name).ended(64).saying("--yes")
    #expect(secrets(stage).count == 1)
    await stage.run("rotate", Self.name, "--dry-run").ended(0)
      .printing("through Microsoft Graph, to end on 2028-11-22")
      .printing("5. nobody has to be given it")
      .printing("remove the secret \(stage.seeded.keyID) through Microsoft Graph")
    #expect(secrets(stage).count == 1)
    #expect(try await stage.step() == nil)
  }

  @Test func `a Secret ID from the wrong row costs nobody a secret`() async throws {
    let stage = try await Stage(connection: Self.alone, graph: true, replication: .none)
    let others = try stage.makeSecret()
    await stage.run(
      "record", Self.name, "--expires", Timestamp.format(stage.seeded.expiresAt), "--key-id",
      others.keyID, "--secret-stdin", input: stage.seeded.value
    ).ended(0)
    await stage.run("check").ended(1).printing(
      "\(others.keyID) was recorded for a secret that it does not belong to: it is"
        + " \(stage.seeded.keyID)")
    await stage.nights(9).ended(0)
    #expect(secrets(stage).count == 2)
    #expect(secrets(stage).contains { $0.keyID == others.keyID })
    #expect(!secrets(stage).contains { $0.keyID == stage.seeded.keyID })
  }

  @Test func `whoever goes on by hand takes over, and gives what is made for that`()
    async throws
  {
    let stage = try await stage()
    stage.fail { $0.secretsForbidden = true }
    await stage.run("check").ended(1)
    stage.fail { $0.secretsForbidden = false }
    await stage.run("rotate", Self.name, "--dry-run").ended(0)
      .printing(
        "1. take the rotation over with a new marker, then remove what earlier attempts made")
    await stage.run("rotate", Self.name, "--guided", "--dry-run").ended(0)
      .printing("1. take the rotation over with a new marker, then you make a secret")
      .printing("6. remove the secret \(stage.seeded.keyID) through Microsoft Graph")
    let sheet = await stage.run("rotate", Self.name, "--guided", answers: [.end(at: "Value")])
      .ended(130).saying("From here on it is yours, and no night goes on with it.")
    let markers = await stage.run("history").printed.matches(of: /kt-[0-9a-f]{4}-[0-9a-f]{6}/)
      .map { String($0.output) }
    #expect(markers.count == 2)
    let newest = try #require(markers.first { sheet.said.contains("Secret · \($0)") })
    let given = try #require(markers.first { $0 != newest })
    // What the person is about to make is no night's to remove.
    await stage.run("check")
    #expect(writes(stage) == ["addPassword"])
    #expect(try await stage.step() == "begun")

    let early = try made(under: given, stage)
    await stage.run("rotate", Self.name, "--secret-stdin", input: early.value).ended(65)
      .saying("was made for an attempt that was given up (\(given))").neverShowing(early.value)
    await #expect(stage.storedValue() == stage.seeded.value)
    let late = try made(under: newest, stage)
    await stage.run("rotate", Self.name, "--secret-stdin", input: late.value).ended(0)
    await #expect(stage.storedValue() == late.value)
    // The one that was refused is removed, though keyturn signed in with it.
    await stage.nights(9).ended(0)
    #expect(secrets(stage).map(\.keyID) == [late.keyID])
  }

  /// A secret as a person makes it in the portal, as the sheet of an attempt asks for.
  private func made(under marker: String, _ stage: Stage) throws -> IssuedSecret {
    try stage.tenant.withTenant { tenant in
      try tenant.createSecretInPortal(
        appID: stage.clientID, displayName: "Magentrix D365 Secret · \(marker)")
    }
  }

  @Test func `abandon removes what was made`() async throws {
    let stage = try await stage()
    stage.fail { $0.signInFailure = nil }
    stage.fail { $0.applicationUserMissing = true }
    await stage.run("rotate", Self.name, "--yes").ended(77)
    #expect(try await stage.step() == "created")
    #expect(secrets(stage).count == 2)
    stage.fail { $0.applicationUserMissing = false }
    await stage.run("abandon", Self.name, "--yes").ended(0)
    #expect(secrets(stage).map(\.keyID) == [stage.seeded.keyID])
    #expect(try await stage.step() == nil)
  }
}

extension Stage {
  /// So many days, with a check at the end of each; what the last one said.
  @discardableResult
  func nights(_ count: Int) async -> Telling {
    for _ in 1..<count {
      pass(days: 1)
      await run("check")
    }
    pass(days: 1)
    return await run("check")
  }

  /// An administrator consents to an application permission.
  func grant(_ role: String) throws {
    try tenant.withTenant { tenant in
      try tenant.changeApplication(appID: self.clientID) { _ = $0.appRoles.insert(role) }
    }
  }

  /// Somebody signs in with a value, as the portal does.
  func signIn(with value: String) async throws {
    let form = FormBody([
      ("client_id", clientID), ("client_secret", value), ("grant_type", "client_credentials"),
      ("scope", Self.environment + "/.default"),
    ])
    let status = tenant.withTenant { tenant in
      let url = "https://login.microsoftonline.com/\(tenant.id)/oauth2/v2.0/token"
      return tenant.respond(to: TenantRequest("POST", url, body: Data(form.encoded.utf8))).status
    }
    #expect(status == 200)
  }
}
