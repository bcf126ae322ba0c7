import Foundation
import SimulatedTenant

/// What happens once the port is known: files are written, and everything is said on standard
/// output.
struct Startup: Sendable {
  let seeded: SeededTenant
  let files: SandboxFiles
  let caFile: String
  let usesGraph: Bool
  let automationKey: AutomationKey

  func announce(port: Int, store: TenantStore) async {
    let suffix = port == 443 ? "" : ":\(port)"
    let baseURL = "https://localhost" + suffix
    await store.serve(at: [baseURL, "https://127.0.0.1" + suffix])
    let configuration = KeyturnConfiguration(
      tenantID: seeded.tenant.id, clientID: seeded.connection.appID,
      automationID: seeded.automation.appID, baseURL: baseURL,
      files: files, caFile: caFile, usesGraph: usesGraph)
    do {
      try await store.trust(
        automationKey.registered(keyID: seeded.automation.objectID),
        automationKey.federatedCredential(issuer: baseURL), appID: seeded.automation.appID)
      try files.write(try automationKey.pem, to: "automation.pem")
      try files.write(try automationKey.platformToken(issuer: baseURL) + "\n", to: "platform-token")
      try files.write(seeded.secret.value + "\n", to: "seeded-secret")
      try files.write(seeded.automationSecret.value + "\n", to: "automation-secret")
      try files.write(configuration.text, to: "keyturn.yaml")
    } catch {
      let failure = Failure.cannotCreate(error)
      failure.report()
      exit(failure.exitStatus)
    }
    let facts = [
      ("base url", baseURL),
      ("ca file", caFile),
      ("tenant id", seeded.tenant.id),
      ("client id", seeded.connection.appID),
      ("key id", seeded.secret.keyID),
      ("expires at", WireTime.seconds(seeded.secret.expiresAt)),
      ("secret file", files.path("seeded-secret")),
      ("automation client id", seeded.automation.appID),
      ("automation secret file", files.path("automation-secret")),
      ("automation certificate file", files.path("automation.pem")),
      ("configuration", files.path("keyturn.yaml")),
    ]
    let lines = facts.map { "\($0.0): \($0.1)" }
    let output = (lines + ["", configuration.text, "ready", ""]).joined(separator: "\n")
    FileHandle.standardOutput.write(Data(output.utf8))
  }
}
