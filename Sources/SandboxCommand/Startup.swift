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
  let observesAll: Bool
  let furtherTenants: [FurtherTenant]

  func announce(port: Int, stores: TenantStores) async {
    let suffix = port == 443 ? "" : ":\(port)"
    let baseURL = "https://localhost" + suffix
    await stores.serve(at: [baseURL, "https://127.0.0.1" + suffix])
    let configuration = KeyturnConfiguration(
      tenantID: seeded.tenant.id, clientID: seeded.connection.appID,
      automationID: seeded.automation.appID, baseURL: baseURL,
      files: files, caFile: caFile, usesGraph: usesGraph,
      observesAll: observesAll, furtherTenants: furtherTenants)
    do {
      try await stores.first.trust(
        automationKey.registered(keyID: seeded.automation.objectID),
        automationKey.federatedCredential(issuer: baseURL), appID: seeded.automation.appID)
      try files.write(try automationKey.pem, to: "automation.pem")
      try files.write(try automationKey.platformToken(issuer: baseURL) + "\n", to: "platform-token")
      try files.write(seeded.secret.value + "\n", to: "seeded-secret")
      try files.write(seeded.automationSecret.value + "\n", to: "automation-secret")
      for further in furtherTenants {
        try files.write(further.automation.history[0].value + "\n", to: further.secretFile)
      }
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
    let lines = (facts + sizes).map { "\($0.0): \($0.1)" }
    let output = (lines + ["", configuration.text, "ready", ""]).joined(separator: "\n")
    FileHandle.standardOutput.write(Data(output.utf8))
  }

  /// How much there is, where there is more than the usual.
  private var sizes: [(String, String)] {
    var sizes: [(String, String)] = []
    if !furtherTenants.isEmpty { sizes.append(("tenants", String(furtherTenants.count + 1))) }
    if let population = seeded.tenant.population {
      sizes.append(("applications", String(seeded.tenant.applicationCount)))
      let registered = seeded.tenant.applications.reduce(0) { $0 + $1.secrets.count }
      sizes.append(("secrets", String(population.secretCount + registered)))
    }
    return sizes
  }
}
