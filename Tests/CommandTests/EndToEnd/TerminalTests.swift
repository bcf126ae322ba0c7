import Foundation
import Testing

/// A guided rotation on a real terminal.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct TerminalTests {
  private static let name = Stage.name
  private static let value = "Value (not shown): "
  private static let keyID = "Secret ID from the same row (Enter to leave it out): "
  private static let reveal = "Show the new value here now? (yes/no): "
  private static let entered = "Have you entered it, saved, and seen it work? (yes/no): "

  @Test func `what is pasted is not shown, and the rotation goes to its end`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let new = try await sandbox.makeSecret()
      let session = try await installed.onTerminal(
        ["rotate", Self.name],
        [
          .answer(Self.value, "\"\(new.value)\""), .see("it has quotes around it"),
          .answer(Self.value, new.value), .answer(Self.keyID, new.keyID),
          .answer("Expires, as the list shows it [", ""), .see("Step 3 of 5"),
          .see("accepted 3 of 3"), .see("Step 5 of 5"), .answer(Self.reveal, "no"),
          .answer(Self.entered, "yes"),
        ]
      ).ended(0)
      session.neverShowing(new.value).neverShowing(try sandbox.secret())
        .showing("The new secret is accepted, and Dynamics 365 knows its application user.")
        .showing("then keyturn retire \(Self.name)")
      // What is typed where nothing is secret is seen.
      session.showing(new.keyID)
      #expect(try await installed.storedValue() == new.value)
    }
  }

  @Test(.needs(.program("strace")))
  func `the terminal is mute before it asks, so that no typing is too early`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      let trace = sandbox.folder.appending(path: "trace").path
      let session = try await TerminalSession.run(
        [
          "strace", "-f", "-o", trace, "-e", "trace=ioctl,write", Programs.keyturn, "rotate",
          Self.name,
        ],
        environment: installed.environment, [.interrupt(at: Self.value)])
      session.ended(130)
      let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
      let mute = try #require(calls.firstIndex { $0.contains("TCSETSF") })
      let asked = try #require(calls.firstIndex { $0.contains("Value (not shown)") })
      #expect(mute < asked)
    }
  }

  @Test func `shows the new value at the end of the hand-over if it is wanted`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      let new = try await sandbox.makeSecret()
      try await installed.onTerminal(
        ["rotate", Self.name],
        [
          .answer(Self.value, new.value), .answer(Self.keyID, ""), .answer("Expires", ""),
          .answer(Self.reveal, "yes"), .see(new.value), .answer(Self.entered, "no"),
        ]
      ).ended(0).showing("then keyturn confirm \(Self.name)")
    }
  }

  @Test func `Ctrl-C at any question leaves the terminal as it was, and nothing is lost`()
    async throws
  {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let new = try await sandbox.makeSecret()
      let given: [TerminalSession.Step] = [
        .answer(Self.value, new.value), .answer(Self.keyID, new.keyID),
        .answer("Expires, as the list shows it [", ""),
      ]
      let left = "keyturn: left; nothing is lost. Continue with: keyturn rotate \(Self.name)"
      let ways: [[TerminalSession.Step]] = [
        [.interrupt(at: Self.value)], [given[0], .interrupt(at: Self.keyID)],
        [given[0], given[1], .interrupt(at: "Expires")], given + [.interrupt(at: Self.reveal)],
        [.answer(Self.reveal, "no"), .interrupt(at: Self.entered)],
      ]
      for (index, steps) in ways.enumerated() {
        let session = try await installed.inShell(["rotate", Self.name], steps).ended(0)
        session.showing(left).showing("status=130.\r\necho").neverShowing(new.value)
        let isSwitched = index > 2
        #expect(try await installed.step() == (isSwitched ? "switched" : "begun"))
        #expect(
          try await installed.storedValue() == (isSwitched ? new.value : sandbox.secret()))
      }
      try await installed.run("confirm", Self.name).ended(0)
    }
  }

  @Test func `Ctrl-C while replicas settle, and continuing`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let new = try await sandbox.makeSecret()
      _ = try await sandbox.setFaults(#"{"sign_in_failure":{"code":7000215}}"#)
      try await installed.inShell(
        ["rotate", Self.name],
        [
          .answer(Self.value, new.value), .answer(Self.keyID, ""), .answer("Expires", ""),
          .interrupt(at: "accepted 0 of 3, next call in"),
        ]
      ).showing("Continue with: keyturn rotate").showing("status=130.\r\necho")
        .neverShowing(new.value)
      #expect(try await installed.step() == "created")
      #expect(try await installed.storedValue() == sandbox.secret())
      _ = try await sandbox.curl("/_sandbox/faults", ["-X", "DELETE"])
      try await installed.onTerminal(
        ["rotate", Self.name],
        [
          .see("Continuing the rotation"), .answer("Give another one instead? (yes/no): ", "no"),
          .answer(Self.reveal, "no"), .answer(Self.entered, "yes"),
        ]
      ).ended(0)
      #expect(try await installed.storedValue() == new.value)
      try await installed.inShell(["retire", Self.name, "--now"], [.interrupt(at: "no rollback.")])
        .showing("Continue with: keyturn retire \(Self.name)").showing("status=130.\r\necho")
    }
  }

  @Test func `who is overtaken while typing exits 75, and the winner's value stays`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let slow = try await sandbox.makeSecret()
      let quick = try await sandbox.makeSecret()
      // Opening the pipe takes until somebody writes: the slow one types when the quick one is done.
      let pipe = sandbox.folder.appending(path: "pipe").path
      try #require(mkfifo(pipe, 0o600) == 0)
      async let overtaken = installed.onTerminal(
        ["rotate", Self.name],
        [.answerFromFile(Self.value, pipe), .answer(Self.keyID, ""), .answer("Expires", "")])
      while try await installed.step() == nil {
        try await Task.sleep(for: .milliseconds(100))
      }
      try await installed.run("rotate", Self.name, "--secret-stdin", input: quick.value).ended(0)
      try Data("\(slow.value)\r".utf8).write(to: URL(filePath: pipe))
      try await overtaken.ended(75).showing("another process changed the record")
        .neverShowing(slow.value)
      #expect(try await installed.storedValue() == quick.value)
    }
  }

  @Test(arguments: [24, 40, 200])
  func `fits any width`(columns: Int) async throws {
    try await RunningSandbox.run(["--settle", "none"]) { sandbox in
      let installed = try await sandbox.install()
      let new = try await sandbox.makeSecret()
      let session = try await installed.onTerminal(
        ["rotate", Self.name, "--key-id", new.keyID, "--expires", "2028-01-01"], columns: columns,
        [.answer(Self.value, new.value), .answer(Self.reveal, "no"), .answer(Self.entered, "no")]
      ).ended(0)
      let drawn = session.output.components(separatedBy: "\r\u{1b}[2K").dropFirst()
      #expect(drawn.count >= 3)
      for line in drawn {
        #expect((line.components(separatedBy: "\r\n").first ?? "").count < columns)
      }
    }
  }
}
