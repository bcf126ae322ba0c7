import Testing

/// Microsoft's own clients, not changed in any way, keep the sandbox honest.
@Suite(.needs(.microsoftClients), .inTurn, .timeLimit(.minutes(15)))
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
