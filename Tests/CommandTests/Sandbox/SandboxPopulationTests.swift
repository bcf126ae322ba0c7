import Foundation
import Testing

@testable import SandboxCommand

/// A sandbox with very many applications, or very many tenants.
@Suite(.inTurn, .timeLimit(.minutes(15))) struct SandboxPopulationTests {
  /// A token of a tenant's automation application.
  private func token(
    _ sandbox: RunningSandbox, tenant: String, client: String, secretFile: String
  ) async throws -> String {
    let secret = try sandbox.file(secretFile).trimmingCharacters(in: .newlines)
    let reply = try await sandbox.curl(
      "/\(tenant)/oauth2/v2.0/token",
      [
        "-d", "grant_type=client_credentials", "-d", "client_id=\(client)", "--data-urlencode",
        "client_secret=\(secret)", "--data-urlencode", "scope=\(sandbox.baseURL)/.default",
      ])
    return try #require(reply.json["access_token"] as? String)
  }

  private func token(_ sandbox: RunningSandbox) async throws -> String {
    try await token(
      sandbox, tenant: sandbox.tenantID, client: sandbox.facts["automation client id"] ?? "",
      secretFile: "automation-secret")
  }

  @Test func `lists its applications in pages, compressed for who takes it`() async throws {
    let options = ["--settle", "none", "--applications", "1500", "--secrets-per-application", "1"]
    try await RunningSandbox.run(options) { sandbox in
      #expect(sandbox.facts["applications"] == "1507")
      #expect(try sandbox.file("keyturn.yaml").contains("observe: all }"))
      let bearer = ["-H", "Authorization: Bearer \(try await token(sandbox))"]
      let path = "/v1.0/applications?$select=id,passwordCredentials&$top=999"
      let plain = try await sandbox.curl(path, bearer)
      #expect((plain.json["value"] as? [Any])?.count == 999)
      #expect(plain.headers["content-encoding"] == nil)
      let packed = try await sandbox.curl(path, bearer + ["--compressed"])
      #expect(packed.headers["content-encoding"] == "gzip")
      #expect(packed.body == plain.body)
      let next = try #require(plain.json["@odata.nextLink"] as? String)
      let second = try await sandbox.curl(next, bearer)
      #expect((second.json["value"] as? [Any])?.count == 508)
    }
  }

  @Test func `compresses each page for itself, however like another it is`() async throws {
    let bodies = CompressedBodies()
    let same = Data(repeating: 0x20, count: 2000)
    let first = await bodies.gzip(same + Data("a".utf8))
    let second = await bodies.gzip(same + Data("b".utf8))
    #expect(first != nil && second != nil && first != second)
    #expect(await bodies.gzip(same + Data("a".utf8)) == first)
  }

  @Test func `sends half of a compressed page`() async throws {
    try await RunningSandbox.run(["--settle", "none", "--applications", "200"]) { sandbox in
      let bearer = ["-H", "Authorization: Bearer \(try await token(sandbox))"]
      let faults = try await sandbox.setFaults(#"{"page_answer":{"kind":"cut_short","page":1}}"#)
      #expect(faults.status == 200)
      let path = "/v1.0/applications?$select=id,appId"
      let plain = try await sandbox.curl(path, bearer)
      #expect(plain.exit == 0 && plain.json.isEmpty && !plain.body.isEmpty)
      let file = sandbox.folder.appending(path: "page.gz").path
      let packed = try await sandbox.curl(
        path, bearer + ["-H", "Accept-Encoding: gzip", "--no-include", "-o", file])
      #expect(packed.exit == 0)
      let tested = try await Programs.run(["gzip", "--test", file])
      #expect(tested.status == 1 && tested.said.contains("unexpected end of file"))
    }
  }

  @Test func `changes a share of them, and deletes and restores one`() async throws {
    try await RunningSandbox.run(["--settle", "none", "--applications", "300"]) { sandbox in
      let bearer = ["-H", "Authorization: Bearer \(try await token(sandbox))"]
      let first = try await sandbox.curl("/v1.0/applications/delta?$select=id&$top=999", bearer)
      let link = try #require(first.json["@odata.deltaLink"] as? String)
      let changed = try await sandbox.curl(
        "/_sandbox/changes", ["-d", #"{"share":0.1,"seed":3}"#])
      let counts = changed.json.values.compactMap { $0 as? Int }
      #expect(counts.reduce(0, +) == 31)
      let told = try await sandbox.curl(link, bearer)
      #expect((told.json["value"] as? [Any])?.count == 31)
      let absurd = try await sandbox.curl("/_sandbox/changes", ["-d", #"{"share":2}"#])
      #expect(absurd.status == 400)
      let path = "/_sandbox/applications/\(sandbox.clientID)"
      let statuses = [
        try await sandbox.curl(path, ["-X", "DELETE"]).status,
        try await sandbox.token(secret: sandbox.secret()).status,
        try await sandbox.curl("\(path)/restore", ["-X", "POST"]).status,
        try await sandbox.token(secret: sandbox.secret()).status,
        try await sandbox.curl("\(path)/restore", ["-X", "POST"]).status,
      ]
      #expect(statuses == [204, 400, 204, 200, 404])
    }
  }

  @Test func `serves many tenants, each with its own applications`() async throws {
    let options = ["--settle", "none", "--tenants", "3", "--applications", "20"]
    try await RunningSandbox.run(options + ["--latency", "300"]) { sandbox in
      #expect(sandbox.facts["tenants"] == "3")
      let text = try sandbox.file("keyturn.yaml")
      let pattern = /tenant-0003:\n +id: (\S+)\n.+\n.+client_id: ([^,]+),/
      let match = try #require(text.firstMatch(of: pattern))
      let started = ContinuousClock.now
      let other = try await token(
        sandbox, tenant: String(match.1), client: String(match.2),
        secretFile: "tenant-0003-secret")
      #expect(ContinuousClock.now - started >= .milliseconds(300))
      let own = try await token(sandbox)
      var lists: [Set<String>] = []
      for bearer in [own, other] {
        let reply = try await sandbox.curl(
          "/v1.0/applications?$select=id&$top=999", ["-H", "Authorization: Bearer \(bearer)"])
        let values = reply.json["value"] as? [[String: Any]] ?? []
        lists.append(Set(values.compactMap { $0["id"] as? String }))
      }
      #expect(lists.map(\.count) == [27, 21])
      #expect(lists[0].isDisjoint(with: lists[1]))
      let state = try await sandbox.curl("/_sandbox/state?tenant=\(match.1)")
      #expect(state.json["application_count"] as? Int == 21)
      let unknown = try await sandbox.curl("/_sandbox/state?tenant=nowhere")
      #expect(unknown.status == 404)
    }
  }

  @Test(arguments: [
    ["--applications", "-1"], ["--applications", "10000001"], ["--latency", "60001"],
    ["--tenants", "0"], ["--secrets-per-application", "4-0"],
    ["--secrets-per-application", "many"],
  ])
  func `refuses sizes that are none`(options: [String]) async throws {
    let telling = try await Programs.run([Programs.sandbox] + options).ended(64)
    #expect(telling.printed.isEmpty && !telling.said.isEmpty)
  }
}
