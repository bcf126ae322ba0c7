import Foundation
import Testing

@testable import SandboxCommand

@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxStartTests {
  @Test(arguments: [SIGTERM, SIGINT])
  func `stops cleanly at a signal, even while an answer is late`(signal: Int32) async throws {
    var late: Task<RunningSandbox.Reply, any Error>?
    let status = try await RunningSandbox.run(signal: signal) { sandbox in
      _ = try await sandbox.setFaults(#"{"token_answer":{"kind":"slow","seconds":60}}"#)
      late = Task { try await sandbox.token(secret: "any") }
      try await sandbox.waitForCalls(1)
    }
    #expect(status == 0)
    #expect(try await late?.value.status == 500)
  }

  @Test func `writes files that nobody else can read`() async throws {
    try await RunningSandbox.run { sandbox in
      func permissions(_ path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.posixPermissions] as? Int
      }
      #expect(permissions(sandbox.folder.path) == 0o700)
      let names = [
        "ca.pem", "ca-key.pem", "server.pem", "server-key.pem", "keyturn.yaml", "seeded-secret",
        "automation-secret", "automation.pem", "platform-token",
      ]
      for name in names {
        #expect(permissions(sandbox.folder.appending(path: name).path) == 0o600)
      }
    }
  }

  @Test func `writes a configuration without Graph unless it is asked to`() async throws {
    try await RunningSandbox.run(["--days-left", "5"]) { sandbox in
      let automation = try #require(sandbox.facts["automation client id"])
      let folder = sandbox.folder.path
      let machine = "\(sandbox.baseURL)/metadata/identity/oauth2/token"
      #expect(
        try sandbox.file("keyturn.yaml") == """
          # Made by keyturn-sandbox, for the simulated tenant at \(sandbox.baseURL).
          database: "\(sandbox.folder.path)/keyturn.db"

          tenants:
            contoso:
              id: \(sandbox.tenantID)
              cloud: { login: "\(sandbox.baseURL)", graph: "\(sandbox.baseURL)" }
              # To use Graph, one of:
              #graph: { sign_in: connection }
              #graph: { sign_in: certificate, client_id: \(automation), certificate_file: "\(folder)/automation.pem" }
              #graph: { sign_in: client-secret, client_id: \(automation), client_secret_file: "\(folder)/automation-secret" }
              #graph: { sign_in: workload-identity, client_id: \(automation), token_file: "\(folder)/platform-token" }
              #graph: { sign_in: device-code }
              #graph: { sign_in: managed-identity }
              # The last one with MSAL_MANAGED_IDENTITY_ENDPOINT=\(machine)

          connections:
            magentrix-d365:
              tenant: contoso
              client_id: \(sandbox.clientID)
              environment: "\(sandbox.baseURL)"
              secret_name: Magentrix D365 Secret
              consumer: magentrix

          store:
            type: embedded
            key_file: "\(sandbox.folder.path)/store.key"

          tls: { ca_file: "\(sandbox.folder.path)/ca.pem" }

          """)
      let expires = try #require(
        sandbox.facts["expires at"].flatMap { try? Date($0, strategy: .iso8601) })
      #expect(abs(expires.timeIntervalSinceNow - 5 * 86_400) < 120)
    }
  }

  @Test func `the same seed makes the same tenant, and an authority can be used again`()
    async throws
  {
    let authority = FileManager.default.temporaryDirectory
      .appending(path: "authority-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: authority) }
    var seen: [String] = []
    for _ in 0..<2 {
      try await RunningSandbox.run(["--ca-directory", authority, "--seed", "42"]) { sandbox in
        let ca = try String(contentsOfFile: sandbox.caFile, encoding: .utf8)
        seen.append(try [sandbox.tenantID, sandbox.clientID, sandbox.secret(), ca].joined())
        #expect(sandbox.caFile == authority + "/ca.pem")
        let state = try await sandbox.curl("/_sandbox/state")
        #expect(state.exit == 0)
      }
    }
    #expect(seen[0] == seen[1])
  }

  @Test(
    arguments: [
      (["--port", "65536"], 64), (["--tenant-id", "contoso"], 64), (["--host", "a b"], 64),
      (["--settle", "never"], 64), (["--days-left", "100000"], 64),
      (["--directory", "/proc/nowhere"], 73),
    ] as [([String], Int32)])
  func `exits with the status that its help names`(arguments: [String], status: Int32)
    async throws
  {
    let telling = try await Programs.run([Programs.sandbox] + arguments).ended(status)
    #expect(telling.printed.isEmpty)
    #expect(!telling.said.isEmpty)
  }

  @Test func `says which port it cannot have`() async throws {
    try await RunningSandbox.run { sandbox in
      let port = try #require(sandbox.baseURL.split(separator: ":").last.map(String.init))
      let other = sandbox.folder.appending(path: "other").path
      let telling = try await Programs.run(
        [Programs.sandbox, "--port", port, "--directory", other]
      ).ended(69)
      #expect(
        telling.said == """
          keyturn-sandbox: error: cannot listen on 127.0.0.1:\(port): Address already in use
          keyturn-sandbox: hint: --port 0 takes any free port

          """)
    }
  }
}
