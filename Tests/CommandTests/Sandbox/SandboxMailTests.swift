import Foundation
import Testing

@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxMailTests {
  /// A token for Graph of the application that may send mail.
  private func token(_ sandbox: RunningSandbox) async throws -> String {
    let secret = try sandbox.file("automation-secret").trimmingCharacters(in: .newlines)
    let reply = try await sandbox.curl(
      "/\(sandbox.tenantID)/oauth2/v2.0/token",
      [
        "-d", "grant_type=client_credentials", "-d",
        "client_id=\(sandbox.facts["automation client id"] ?? "")",
        "--data-urlencode", "client_secret=\(secret)",
        "-d", "scope=https://graph.microsoft.com/.default",
      ])
    return try #require(reply.json["access_token"] as? String, "\(reply.body)")
  }

  @Test func `Graph takes mail, and the state shows it`() async throws {
    try await RunningSandbox.run { sandbox in
      let token = try await token(sandbox)
      let body = """
        {"message":{"subject":"hello","body":{"contentType":"HTML","content":"<b>x</b>"},\
        "toRecipients":[{"emailAddress":{"address":"ops@example.com"}}],\
        "internetMessageHeaders":[{"name":"X-Keyturn-Message-Id","value":"1"}]},\
        "saveToSentItems":false}
        """
      let send = { (from: String) in
        try await sandbox.curl(
          "/v1.0/users/\(from)/sendMail",
          [
            "-H", "Authorization: Bearer \(token)", "-H", "Content-Type: application/json", "-d",
            body,
          ]
        ).status
      }
      #expect(try await send("keyturn@contoso.onmicrosoft.com") == 202)
      #expect(try await send("keyturn@example.com") == 404)
      let state = try await sandbox.curl("/_sandbox/state")
      let mails = try #require(state.json["mails"] as? [[String: Any]])
      #expect(mails.map { $0["from"] as? String } == ["keyturn@contoso.onmicrosoft.com"])
      #expect(mails.map { $0["to"] as? [String] } == [["ops@example.com"]])
      #expect(mails.map { $0["subject"] as? String } == ["hello"])
    }
  }
}
