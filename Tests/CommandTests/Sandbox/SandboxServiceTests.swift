import Foundation
import Testing

@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxServiceTests {
  @Test func `signs in and says who it is, over HTTPS that its own authority vouches for`()
    async throws
  {
    try await RunningSandbox.run { sandbox in
      let granted = try await sandbox.token(secret: sandbox.secret())
      #expect(granted.status == 200)
      let token = try #require(granted.json["access_token"] as? String)
      let who = try await sandbox.curl(
        "/api/data/v9.2/WhoAmI", ["-H", "Authorization: Bearer \(token)"])
      #expect(who.status == 200)
      #expect(who.json["OrganizationId"] is String)
      let refused = try await sandbox.token(secret: "wrong")
      #expect(refused.status == 401)
      #expect(refused.json["error_codes"] as? [Int] == [7_000_215])
      let untrusted = try await sandbox.curl("/", trusting: false)
      #expect(untrusted.exit == 60)
    }
  }

  @Test func `listens on the loopback address and nowhere else`() async throws {
    try await RunningSandbox.run { sandbox in
      let port = try #require(sandbox.baseURL.split(separator: ":").last.flatMap { Int($0) })
      let sockets = try await Programs.run(
        ["ss", "--listening", "--tcp", "--numeric", "sport = :\(port)"])
      let listening = sockets.lines.dropFirst().map { String($0.split(separator: " ")[3]) }
      #expect(listening == ["127.0.0.1:\(port)"])
    }
  }

  @Test func `answers as the service that the host names`() async throws {
    let hosts = ["--host", "graph.microsoft.com", "--host", "org.crm4.dynamics.com"]
    try await RunningSandbox.run(["--settle", "none"] + hosts) { sandbox in
      let port = try #require(sandbox.baseURL.split(separator: ":").last)
      func ask(_ host: String, _ path: String) async throws -> RunningSandbox.Reply {
        try await sandbox.curl(
          "https://\(host):\(port)\(path)", ["--resolve", "\(host):\(port):127.0.0.1"])
      }
      let graph = try await ask("graph.microsoft.com", "/v1.0/applications")
      #expect(graph.status == 401)
      #expect(graph.headers["x-ms-ags-diagnostic"] != nil)
      let dataverse = try await ask("org.crm4.dynamics.com", "/api/data/v9.2/WhoAmI")
      #expect(
        dataverse.headers["www-authenticate"] == """
          Bearer authorization_uri=https://login.microsoftonline.com/\(sandbox.tenantID)\
          /oauth2/authorize, resource_id=https://org.crm4.dynamics.com:\(port)/
          """)
    }
  }

  @Test func `lets the connection's application rotate its own secret when told to`() async throws {
    try await RunningSandbox.run(["--settle", "none", "--graph"]) { sandbox in
      let configuration = try sandbox.file("keyturn.yaml")
      #expect(configuration.contains("graph: { sign_in: connection }"))
      let granted = try await sandbox.token(secret: sandbox.secret())
      let token = try #require(granted.json["access_token"] as? String)
      let added = try await sandbox.curl(
        "/v1.0/applications(appId='\(sandbox.clientID)')/addPassword",
        ["-X", "POST", "-d", "{}", "-H", "Authorization: Bearer \(token)"])
      #expect(added.status == 200)
      let value = try #require(added.json["secretText"] as? String)
      let accepted = try await sandbox.token(secret: value)
      #expect(accepted.status == 200)
    }
  }

  @Test func `sends broken answers as they break on a wire`() async throws {
    try await RunningSandbox.run { sandbox in
      /// The exit status of `curl` for a kind of answer.
      func exit(_ kind: String) async throws -> Int {
        let fault = #"{"token_answer":{"kind":"\#(kind)","count":1,"seconds":1}}"#
        _ = try await sandbox.setFaults(fault)
        return try await sandbox.token(secret: sandbox.secret(), ["-o", "/dev/null"]).exit
      }
      let exits = [try await exit("truncated"), try await exit("closed"), try await exit("huge")]
      #expect(exits == [18, 52, 0])
      let started = ContinuousClock.now
      let late = try await exit("slow")
      #expect(late == 0)
      #expect(ContinuousClock.now - started >= .seconds(1))
      let granted = try await sandbox.token(secret: sandbox.secret())
      #expect(granted.status == 200)
    }
  }
}
