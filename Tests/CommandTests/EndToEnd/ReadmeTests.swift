import Foundation
import Testing

/// README.md's terminal sessions are what the program prints.
///
/// The rules of a session stand in the comment at the top of README.md.
@Suite(.needs(.program("curl"), .program("python3")), .inTurn, .timeLimit(.minutes(30)))
struct ReadmeTests {
  private func compare(_ readme: String? = nil) async throws -> Telling {
    try await Programs.run(
      [
        "bash", Programs.script("readme-sessions.sh"),
        URL(filePath: Programs.keyturn).deletingLastPathComponent().path,
      ] + (readme.map { [$0] } ?? []), seconds: 280)
  }

  @Test func `the sessions are what the program prints`() async throws {
    try await compare().ended(0)
  }

  @Test func `an output that is not as told is found, and shown`() async throws {
    try await Programs.withFolder { folder in
      let readme = try String(
        contentsOf: Programs.repository.appending(path: "README.md"), encoding: .utf8)
      let told = "expires in 23 days, on 2026-12-15"
      try #require(readme.contains(told))
      let other = folder.appending(path: "README.md")
      try readme.replacing(told, with: "expires in 24 days, on 2026-12-15", maxReplacements: 1)
        .write(to: other, atomically: false, encoding: .utf8)
      let found = try await compare(other.path).ended(1)
      #expect(found.everything.contains("24 days") && found.everything.contains("23 days"))
    }
  }

  @Test func `there is a session for each step of a rotation`() throws {
    let readme = try String(
      contentsOf: Programs.repository.appending(path: "README.md"), encoding: .utf8)
    for command in ["init", "record", "check", "rotate", "confirm", "retire", "history"] {
      #expect(readme.contains("\n$ keyturn \(command)"))
    }
  }
}
