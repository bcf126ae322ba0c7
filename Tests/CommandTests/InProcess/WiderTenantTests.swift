import Foundation
import SimulatedTenant
import TestSupport
import Testing

/// Certificates and service principals of an observed tenant, at the terminal.
@Suite struct WiderTenantTests {
  private static let day = 86_400.0

  private func stage() async throws -> (stage: Stage, saml: ServicePrincipal) {
    let stage = try await Stage(graph: true)
    try stage.reconfigure(
      "graph: { sign_in: connection }",
      "graph: { sign_in: connection, observe: all, include: [certificates, service-principals] }")
    let now = stage.clock.now
    func certificate(_ name: String, _ days: Double) -> RegisteredCertificate {
      RegisteredCertificate(
        keyID: UUID().uuidString, displayName: "CN=\(name)", encoded: Data(name.utf8),
        publicKey: "", startsAt: now - 300 * Self.day, expiresAt: now + days * Self.day)
    }
    let (forgotten, signing) = (certificate("forgotten", 6), certificate("saml", 12))
    var credentials = PrincipalCredentials()
    credentials.signingCertificates = [signing]
    let saml = try stage.tenant.withTenant { [credentials] tenant in
      let application = tenant.register(
        .init(
          displayName: "Forgotten CRM",
          secrets: [
            .init(displayName: "key", startsAt: now - Self.day, expiresAt: now + 200 * Self.day)
          ]))
      try tenant.changeApplication(appID: application.appID) { $0.certificates = [forgotten] }
      return tenant.registerPrincipal("SAML portal", credentials: credentials)
    }
    await stage.adopt()
    return (stage, saml)
  }

  @Test func `a night warns of certificates, and says who renews them`() async throws {
    let (stage, saml) = try await stage()
    let night = await stage.run("check").ended(1)
    night.printing("WARNING: Forgotten CRM (").printing(
      "has no younger certificate than the one that expires in 6 days, on 2026-11-28;"
        + " it has a living client secret as well\n  keyturn does not rotate certificates: "
    ).printing("WARNING: the service principal SAML portal (\(saml.appID)) in contoso has no")
    let findings = try await stage.run("check", "--json").ended(1).json()["findings"]
    let codes = try #require(findings as? [[String: Any]]).compactMap { $0["code"] as? String }
    #expect(codes.count { $0 == "certificate_expiring" } == 2)
  }

  @Test func `the list shows both kinds, and each for itself`() async throws {
    let (stage, saml) = try await stage()
    await stage.run("apps").ended(0).printing("contoso: not read yet")
      .printing("contoso: service principals are not read yet; keyturn apps --refresh reads them")
    let listed = await stage.run("apps", "--refresh").ended(0)
    #expect(listed.lines[0].hasPrefix("ENDS        DAYS  LIVING  CERTIFICATE  KIND"))
    listed.printing("contoso: 2 applications, as of 2026-11-22T02:10:00Z")
      .printing("contoso: 1 service principals with credentials of their own, as of")
    let soon = await stage.run("apps", "--expiring", "10d", "--certificates").ended(0)
    #expect(soon.lines.count == 4 && soon.lines[1].contains("Forgotten CRM"))
    #expect(soon.lines[1].contains("2026-11-28"))
    await stage.run("apps", "--expiring", "10d").ended(0).printing("no application is like that")
    let principals = try await stage.run("apps", "--kind", "service-principal", "--json").ended(0)
      .json()
    let found = try #require(principals["applications"] as? [[String: Any]])
    #expect(found.count == 1 && found[0]["object_id"] as? String == saml.objectID)
    #expect(found[0]["kind"] as? String == "service-principal")
    #expect(found[0]["living_certificates"] as? Int == 1)
    #expect((found[0]["secrets"] as? [Any])?.isEmpty == true)
    let certificates = try #require(found[0]["certificates"] as? [[String: Any]])
    #expect(certificates[0]["expires_at"] as? String == "2026-12-04T02:10:00Z")
    let tenants = try #require(principals["tenants"] as? [[String: Any]])
    #expect(tenants[0]["applications"] as? Int == 2)
    #expect(tenants[0]["service_principals"] as? Int == 1)
    let csv = await stage.run("apps", "--csv", "--kind", "application").ended(0)
    #expect(
      csv.lines[0].hasSuffix(
        ",kind,last_certificate_end,living_certificates,certificates,owners,owners_read_at,"
          + "last_sign_in"))
    #expect(csv.lines.contains { $0.hasSuffix(",application,2026-11-28T02:10:00Z,1,1,,,") })
    await stage.run("apps", "--kind", "user").ended(64)
  }

  @Test func `without the options the list is as it was, with keys that are null`() async throws {
    let (stage, _) = try await stage()
    try stage.reconfigure(", include: [certificates, service-principals]", "")
    let listed = await stage.run("apps", "--refresh").ended(0)
    #expect(listed.lines[0].hasPrefix("ENDS        DAYS  LIVING  TENANT"))
    #expect(listed.lines.last == "contoso: 2 applications, as of 2026-11-22T02:10:00Z")
    let document = try await stage.run("apps", "--json").ended(0).json()
    let found = try #require(document["applications"] as? [[String: Any]])
    #expect(found.allSatisfy { $0["certificates"] is NSNull })
    #expect(found.allSatisfy { $0["last_certificate_end"] is NSNull })
  }

  @Test func `a service principal becomes no connection, and is told why`() async throws {
    let (stage, saml) = try await stage()
    await stage.run("check").ended(1)
    for name in ["SAML portal", saml.appID, saml.objectID] {
      await stage.run("connect", name).ended(64)
        .saying("is a service principal: keyturn rotates the client secrets of applications only")
        .saying("az ad sp credential reset --id \(saml.objectID)")
    }
    await stage.run("connect", "Forgotten CRM").ended(0).printing("client_id: ")
  }
}
