import Foundation
import Testing

/// What the other tests rely on where they start a program.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct ProgramsTests {
  @Test func `a program may end without having read its input`() async throws {
    try await Programs.run(["true"], input: String(repeating: "line\n", count: 100_000)).ended(0)
  }

  @Test func `a program ends with the process that started it, whatever ends that`() async throws {
    try await Programs.withFolder { folder in
      let place = folder.appending(path: "id").path
      await #expect(processExitsWith: .signal(SIGKILL)) { [place = place as String] in
        let script = #"echo $$ > "$0.new" && mv "$0.new" "$0" && exec sleep 3600"#
        // Not bash: it catches signals, and one that comes right before its exec is lost.
        async let program = Programs.run(["sh", "-c", script, place], seconds: 3_600)
        while !FileManager.default.fileExists(atPath: place) {
          try await Task.sleep(for: .milliseconds(20))
        }
        kill(getpid(), SIGKILL)
        _ = try await program
      }
      let text = try String(contentsOfFile: place, encoding: .utf8)
      let id = try #require(Int32(text.trimmingCharacters(in: .newlines)))
      // One that stays would hold its turn until the suite is given up, and nobody would see why.
      let latest = ContinuousClock.now + .seconds(60)
      while kill(id, 0) == 0 {
        try #require(ContinuousClock.now < latest, "the process \(id) is still there")
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }
}
