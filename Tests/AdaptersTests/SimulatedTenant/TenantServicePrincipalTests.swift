import Foundation
import SimulatedTenant
import Testing

/// `/servicePrincipals`: lists, changes, and whose credentials they show.
@Suite struct TenantServicePrincipalTests {
  private let first = "/servicePrincipals/delta?$select=id,passwordCredentials&$top=100"

  private func credentials(_ days: Double) -> PrincipalCredentials {
    var credentials = PrincipalCredentials()
    credentials.secrets = [
      .init(
        displayName: "key", startsAt: TenantScene.start,
        expiresAt: TenantScene.start.addingTimeInterval(days * 86_400))
    ]
    return credentials
  }

  @Test func `lists those of applications, of others and of machines, each once`() throws {
    let scene = TenantScene.populated(400)
    let foreign = scene.tenant.registerPrincipal("Foreign", credentials: credentials(9))
    let reading = scene.read("/servicePrincipals?$top=100&$select=id,servicePrincipalType,appId")
    // Two of the scene, one foreign, and of the population a quarter more than applications.
    #expect(reading.ids.count == 503 && Set(reading.ids).count == 503)
    #expect(reading.pages == 6 && reading.ids.contains(foreign.objectID))
    let kinds = reading.values.compactMap { $0["servicePrincipalType"] as? String }
    #expect(Set(kinds) == ["Application", "ManagedIdentity"])
    #expect(reading.values.allSatisfy { $0.keys.count == 3 })
    let again = TenantScene.populated(400).read("/servicePrincipals?$top=999&$select=appId")
    let clients = again.values.compactMap { $0["appId"] as? String }
    #expect(Set(clients).count == 502)
  }

  @Test func `a generated one is the same in a list and by itself`() throws {
    let scene = TenantScene.populated(400)
    let select = "$select=id,appId,displayName,passwordCredentials,keyCredentials"
    let listed = scene.read("/servicePrincipals?$top=999&\(select)").values
    let holders = listed.filter { ($0["keyCredentials"] as? [Any])?.isEmpty == false }
    #expect(holders.count > 20)
    for holder in holders.prefix(5) {
      let id = try #require(holder["id"] as? String)
      var single = scene.graph("GET", "/servicePrincipals/\(id)?\(select)").json
      single["@odata.context"] = nil
      #expect(single as NSDictionary == holder as NSDictionary)
    }
    #expect(scene.graph("GET", "/servicePrincipals/\(UUID().uuidString)").status == 404)
  }

  @Test func `a signing certificate is two keys and a password`() throws {
    let scene = TenantScene()
    var credentials = PrincipalCredentials()
    credentials.signingCertificates = [
      RegisteredCertificate(
        keyID: UUID().uuidString, displayName: "CN=SAML", encoded: Data([1]), publicKey: "",
        startsAt: TenantScene.start, expiresAt: TenantScene.start.addingTimeInterval(86_400))
    ]
    let saml = scene.tenant.registerPrincipal("SAML", credentials: credentials)
    let shown = scene.graph(
      "GET", "/servicePrincipals/\(saml.objectID)?$select=passwordCredentials,keyCredentials")
    let keys = try #require(shown.json["keyCredentials"] as? [[String: Any]])
    let passwords = try #require(shown.json["passwordCredentials"] as? [[String: Any]])
    #expect(keys.compactMap { $0["usage"] as? String } == ["Sign", "Verify"])
    #expect(keys[0]["key"] is NSNull && keys[1]["key"] is String)
    #expect(passwords.count == 1 && passwords[0]["keyId"] as? String == keys[0]["keyId"] as? String)
    let identifiers = (keys + passwords).compactMap { $0["customKeyIdentifier"] as? String }
    #expect(identifiers.count == 3 && Set(identifiers).count == 1)
  }

  @Test func `tells of each change once`() throws {
    let scene = TenantScene.populated(20)
    let foreign = scene.tenant.registerPrincipal("Foreign", credentials: credentials(9))
    let reading = scene.read(first)
    #expect(reading.ids.count == 28)
    // A client secret of the application is none of its service principal.
    _ = scene.addPassword()
    #expect(scene.read(reading.deltaLink).values.isEmpty)
    try scene.tenant.changePrincipal(objectID: foreign.objectID) { $0.credentials = .init() }
    let emptied = scene.read(reading.deltaLink)
    #expect(emptied.ids == [foreign.objectID])
    #expect((emptied.values[0]["passwordCredentials"] as? [Any])?.isEmpty == true)
    try scene.tenant.changePrincipal(objectID: foreign.objectID, by: nil)
    let gone = scene.read(emptied.deltaLink)
    #expect(gone.values[0]["@removed"] as? [String: String] == ["reason": "deleted"])
    try scene.tenant.deleteApplicationInPortal(appID: scene.application.appID)
    #expect(scene.read(gone.deltaLink).ids == [scene.application.servicePrincipalID])
  }

  @Test func `keys are throttled for both collections together, and in deltas`() {
    let scene = TenantScene()
    let token = scene.graphToken()
    let delta = scene.graph(
      "GET", "/servicePrincipals/delta?$select=id,keyCredentials&$deltatoken=latest", token: token)
    let link = delta.text("@odata.deltaLink") ?? ""
    let targets = [
      "/servicePrincipals?$select=keyCredentials", "/applications?$select=keyCredentials", link,
    ]
    let statuses = (0..<150).map { scene.graph("GET", targets[$0 % 3], token: token).status }
    #expect(statuses.dropLast().allSatisfy { $0 == 200 } && statuses.last == 429)
    #expect(scene.graph("GET", "/servicePrincipals?$select=id", token: token).status == 200)
  }

  @Test func `may be forbidden where applications are not`() {
    let scene = TenantScene()
    scene.tenant.faults.principalsForbidden = true
    #expect(scene.graph("GET", "/servicePrincipals?$select=id").status == 403)
    #expect(scene.graph("GET", first).status == 403)
    #expect(scene.graph("GET", "/applications?$select=id").status == 200)
    #expect(scene.graph("GET", "/servicePrincipals?$select=secrets").status == 403)
    scene.tenant.faults.principalsForbidden = false
    #expect(scene.graph("GET", "/servicePrincipals?$select=secrets").status == 400)
  }
}
