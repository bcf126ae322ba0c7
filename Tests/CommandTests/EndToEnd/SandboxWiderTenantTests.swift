import Foundation
import Testing

/// The real program reads certificates and service principals of the real sandbox.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxWiderTenantTests {
  @Test func `certificates and service principals of a tenant of any size`() async throws {
    let options = ["--settle", "none", "--applications", "1500"]
    try await RunningSandbox.run(options) { sandbox in
      let installed = try await sandbox.install()
      func counts() async throws -> (applications: Int?, principals: Int?, objects: [[String: Any]])
      {
        let document = try await installed.run("apps", "--refresh", "--json").ended(0).json()
        let tenant = try #require((document["tenants"] as? [[String: Any]])?.first)
        return (
          tenant["applications"] as? Int, tenant["service_principals"] as? Int,
          document["applications"] as? [[String: Any]] ?? []
        )
      }
      let narrow = try await counts()
      #expect(narrow.applications == 1507 && narrow.principals == nil)
      #expect(narrow.objects.allSatisfy { $0["certificates"] is NSNull })
      try installed.reconfigure(
        "observe: all }", "observe: all, include: [certificates, service-principals] }")
      let wide = try await counts()
      #expect(wide.applications == 1507)
      let principals = try #require(wide.principals)
      #expect((20...300).contains(principals))
      let kinds = wide.objects.compactMap { $0["kind"] as? String }
      #expect(kinds.count { $0 == "service-principal" } == principals)
      #expect(
        wide.objects.contains { ($0["certificates"] as? [Any])?.isEmpty == false })
      // Machines renew theirs by themselves, and are not there at all.
      _ = try await sandbox.setFaults(#"{"principals_forbidden":true}"#)
      try await installed.run("apps", "--refresh").ended(69)
        .saying("contoso: not all service principals could be read")
        .saying("what is known is of")
      _ = try await sandbox.setFaults("{}")
      let again = try await counts()
      #expect(again.applications == 1507 && again.principals == principals)
    }
  }
}
