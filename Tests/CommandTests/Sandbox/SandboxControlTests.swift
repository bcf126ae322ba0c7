import Foundation
import Testing

@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxControlTests {
  @Test func `moves the clock, and with it everything`() async throws {
    try await RunningSandbox.run { sandbox in
      let set = try await sandbox.curl(
        "/_sandbox/clock", ["-d", #"{"set":"2030-02-28T12:00:00Z"}"#])
      #expect((set.json["now"] as? String)?.hasPrefix("2030-02-28T12:00:0") == true)
      let advanced = try await sandbox.curl(
        "/_sandbox/clock", ["-d", #"{"advance_seconds":86400}"#])
      #expect((advanced.json["now"] as? String)?.hasPrefix("2030-03-01T12:00:0") == true)
      let refused = try await sandbox.token(secret: sandbox.secret())
      #expect(refused.json["error_codes"] as? [Int] == [7_000_222])
      #expect(refused.headers["date"]?.hasPrefix("Fri, 01 Mar 2030 12:0") == true)
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"set":"soon"}"#, #"{"set":"x","advance_seconds":1}"#, "nonsense",
    #"{"advance_seconds":1e300}"#, #"{"set":"9999-01-01T00:00:00Z"}"#,
  ])
  func `says what is wrong with a time`(body: String) async throws {
    try await RunningSandbox.run { sandbox in
      let reply = try await sandbox.curl("/_sandbox/clock", ["-d", body])
      #expect(reply.status == 400)
      #expect((reply.json["error"] as? String)?.isEmpty == false)
    }
  }

  @Test func `makes and deletes secrets as the portal does`() async throws {
    try await RunningSandbox.run { sandbox in
      let path = "/_sandbox/applications/\(sandbox.clientID)/secrets"
      let made = try await sandbox.curl(path, ["-d", #"{"display_name":"by hand","days":730}"#])
      #expect(made.status == 201)
      let value = try #require(made.json["value"] as? String)
      let keyID = try #require(made.json["key_id"] as? String)
      #expect(made.json["hint"] as? String == String(value.prefix(3)))
      let statuses = [
        try await sandbox.token(secret: value).status,
        try await sandbox.curl("\(path)/\(keyID)", ["-X", "DELETE"]).status,
        try await sandbox.token(secret: value).status,
        try await sandbox.curl("\(path)/\(keyID)", ["-X", "DELETE"]).status,
      ]
      #expect(statuses == [200, 204, 401, 404])
      let state = try await sandbox.curl("/_sandbox/state")
      #expect(state.body.contains(keyID))
      #expect(!state.body.contains(value))
    }
  }

  @Test func `registers applications that renew their own secret`() async throws {
    try await RunningSandbox.run { sandbox in
      let made = try await sandbox.curl("/_sandbox/applications", ["-d", #"{"days_left":5}"#])
      #expect(made.status == 201)
      let appID = try #require(made.json["app_id"] as? String)
      let secret = try #require(made.json["secret"] as? [String: Any])
      let value = try #require(secret["value"] as? String)
      let token = try await sandbox.curl(
        "/\(sandbox.tenantID)/oauth2/v2.0/token",
        [
          "-d", "grant_type=client_credentials", "-d", "client_id=\(appID)", "--data-urlencode",
          "client_secret=\(value)", "--data-urlencode", "scope=\(sandbox.baseURL)/.default",
        ])
      let bearer = try #require(token.json["access_token"] as? String)
      let added = try await sandbox.curl(
        "/v1.0/applications(appId='\(appID)')/addPassword",
        ["-H", "Authorization: Bearer \(bearer)", "-d", #"{"passwordCredential":{}}"#])
      #expect(added.status == 200)
      let shown = try await sandbox.curl("/_sandbox/applications/\(appID)")
      #expect((shown.json["secrets"] as? [Any])?.count == 2)
      #expect(!shown.body.contains(value))
      let unknown = try await sandbox.curl("/_sandbox/applications/\(UUID().uuidString)")
      let absurd = try await sandbox.curl("/_sandbox/applications", ["-d", #"{"days_left":1e9}"#])
      #expect(unknown.status == 404 && absurd.status == 400)
    }
  }

  @Test func `sets faults, refuses unknown ones and takes them away`() async throws {
    try await RunningSandbox.run { sandbox in
      #expect(
        try await sandbox.setFaults(#"{"sign_in_failure":{"code":90033}}"#).status == 200)
      let refused = try await sandbox.token(secret: sandbox.secret())
      #expect(refused.status == 503)
      let unknown = try await sandbox.setFaults(#"{"flaping":true}"#)
      #expect(unknown.status == 400)
      #expect(unknown.json["error"] as? String == "there is no fault 'flaping'")
      let cleared = try await sandbox.curl("/_sandbox/faults", ["-X", "DELETE"])
      #expect(cleared.status == 204)
      let granted = try await sandbox.token(secret: sandbox.secret())
      #expect(granted.status == 200)
    }
  }

  @Test func `remembers requests without anything that is secret`() async throws {
    try await RunningSandbox.run { sandbox in
      let secret = try sandbox.secret()
      _ = try await sandbox.token(secret: secret)
      _ = try await sandbox.curl(
        "/v1.0/applications?$select=id", ["-H", "Authorization: Bearer t"])
      let log = try await sandbox.curl("/_sandbox/requests").body
      #expect(log.contains("/\(sandbox.tenantID)/oauth2/v2.0/token"))
      #expect(log.contains("/v1.0/applications"))
      #expect(!log.contains(secret) && !log.contains("Bearer") && !log.contains("select"))
    }
  }

  @Test func `takes nothing from a page of another site`() async throws {
    try await RunningSandbox.run { sandbox in
      for path in ["/_sandbox/clock", "/_sandbox/forms/clock"] {
        let reply = try await sandbox.curl(
          path, ["-H", "Origin: https://evil.example", "-d", "advance_seconds=1"])
        #expect(reply.status == 403)
      }
    }
  }
}
