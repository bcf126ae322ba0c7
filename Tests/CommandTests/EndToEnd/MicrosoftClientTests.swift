import Testing

/// Microsoft's own clients, not changed in any way, keep the sandbox honest.
@Suite(.needs(.microsoftClients), .inTurn, .timeLimit(.minutes(30)))
struct MicrosoftClientTests {
  @Test func `msal, azure-identity and msgraph-sdk take the sandbox for Microsoft's`() async throws
  {
    let python = try #require(Requirement.python)
    let telling = try await Programs.run(
      ["\(python)/bin/python3", Programs.script("microsoft-clients.py"), Programs.sandbox],
      environment: ["HOME": "/nonexistent"], seconds: 240)
    telling.ended(0)
    let checks = telling.lines.filter { $0.hasPrefix("ok ") }
    #expect(checks.count >= 10 && !telling.printed.contains("WRONG"))
    for client in ["msal", "azure-identity", "msgraph-sdk"] {
      #expect(checks.contains { $0.contains(client) })
    }
  }
}

/// Microsoft's own command line, not changed in any way.
@Suite(.needs(.azureCLI), .inTurn, .timeLimit(.minutes(30)))
struct AzureCLITests {
  @Test func `az lists, deletes and replaces secrets in the sandbox as it does at Microsoft`()
    async throws
  {
    let az = try #require(Requirement.azure)
    try await RunningSandbox.run { sandbox in
      let facts =
        ["base url", "ca file", "tenant id", "automation client id"]
        + ["automation secret file", "client id"]
      let telling = try await Programs.run(
        ["bash", Programs.script("azure-cli.sh"), az] + facts.map { sandbox.facts[$0] ?? "" },
        seconds: 600)
      telling.ended(0)
      #expect(telling.lines.count { $0.hasPrefix("ok ") } == 13)
    }
  }
}
