import Foundation
import Testing

/// One check at a time, and no lock that outlives its process.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct OneRunTests {
  @Test func `a second check is told to come back, and a killed one leaves no lock`() async throws {
    try await StorageScene.run { scene in
      let installed = try await scene.copy()
      // With an unproven value in the store, a check has to call, and to wait for the answer.
      _ = try await scene.sandbox.setFaults(#"{"sign_in_failure":{"code":700016}}"#)
      try await installed.run("rotate", Stage.name, "--secret-stdin", input: scene.new).ended(77)
      _ = try await scene.sandbox.setFaults(#"{"token_answer":{"kind":"slow","seconds":60}}"#)
      for _ in 0..<2 {
        try await installed.whileRunning("check") { process in
          try await Self.waitForLock(of: installed, by: process)
          try await installed.run("check").ended(75)
            .saying("keyturn: error: another check or rotation is at work on \(installed.database)")
            .saying("keyturn: hint: wait for it to end")
          // Looking takes no lock, and neither does a rehearsal.
          try await installed.run("status").ended(0)
          try await installed.run("check", "--dry-run").ended(1)
        }
      }
      _ = try await scene.sandbox.setFaults("{}")
      try await installed.run("check").ended(1).printing("hand-over")
      let left = FileManager.default.fileExists(atPath: installed.database + ".lock")
      #expect(left)
      #expect(try await scene.expectWhole(installed) == "switched")
    }
  }

  /// Waits until the process has the lock; to try for it would be to take it away.
  private static func waitForLock(of installed: Installed, by process: Int32) async throws {
    while true {
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: installed.database + ".lock")
      let inode = (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
      let locks = try String(contentsOfFile: "/proc/locks", encoding: .utf8)
      let isHeld = locks.split(separator: "\n").contains {
        $0.contains(" FLOCK ") && $0.contains(" \(process) ") && $0.contains(":\(inode) ")
      }
      if isHeld { return }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
