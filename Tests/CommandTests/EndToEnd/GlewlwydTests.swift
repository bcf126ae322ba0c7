import Foundation
import Testing

/// Against an OAuth 2 server that is neither ours nor Microsoft's.
///
/// It has one secret per client, so that the old one is refused the moment the new one is set.
@Suite(.needs(.program("glewlwyd"), .program("sqlite3")), .inTurn, .timeLimit(.minutes(30)))
struct GlewlwydTests {
  private static let name = Stage.name

  @Test func `tells the right secret from a wrong one, and the server from the network`()
    async throws
  {
    try await Glewlwyd.run { server in
      let installed = try await server.install()
      let wrong = "abc8Q~thisIsNotTheSecretOfTheClient0123"
      try await installed.run(
        "record", Self.name, "--expires", "2028-01-01", "--secret-stdin", input: wrong
      ).ended(65).saying("127.0.0.1").neverShowing(wrong)
      try await installed.run(
        "record", Self.name, "--expires", "2028-01-01", "--secret-stdin", input: server.secret()
      ).ended(0)
      try await installed.run("validate").ended(0).printing("\(Self.name): accepted\n")
      try await server.setSecret("another")
      try await installed.run("validate").ended(65).printing("not accepted")
      try installed.reconfigure("scope: dataverse", "scope: nothing")
      try await installed.run("validate").ended(65)
    }
  }

  @Test func `a whole guided rotation`() async throws {
    try await Glewlwyd.run { server in
      let installed = try await server.install()
      let old = try server.secret()
      try await installed.run(
        "record", Self.name, "--expires", "2027-01-01", "--secret-stdin", input: old
      ).ended(0)
      let new = "Qx78Q~\(UUID().uuidString.replacing("-", with: ""))"
      try await server.setSecret(new)
      let session = try await installed.onTerminal(
        ["rotate", Self.name],
        [
          .see("Make a new client secret for the client app1 at idp."),
          .answer("Value (not shown): ", new), .answer("Secret ID from the same row", ""),
          .answer("Expires", "2028-06-30"), .see("accepted 3 of 3"),
          .answer("Show the new value here now?", "no"),
          .answer("Have you entered it, saved, and seen it work?", "yes"),
        ]
      ).ended(0)
      session.neverShowing(new).neverShowing(old).showing("At manual: replace the client secret")
      #expect(try await installed.storedValue() == new)
      try await installed.run("retire", Self.name, "--now", "--yes").ended(0)
        .saying("Deleted secret: refused 3 of 3")
      try await installed.run("check").ended(0)
      try await installed.run("history", "--verify").ended(0).printing("refused by the server")
    }
  }
}
