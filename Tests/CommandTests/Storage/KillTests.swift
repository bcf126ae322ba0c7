import Foundation
import Testing

/// Killed at any moment, and nothing is lost.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct KillTests {
  /// The steps that a rotation without a person goes through.
  private static let steps: Set<String?> = [nil, "begun", "created", "validated", "switched"]

  @Test(
    .needs(.program("strace"), .program("sqlite3")),
    arguments: ["kill-write", "kill-fsync"])
  func `killed before any write of the switch, a rotation goes on where it was`(fault: String)
    async throws
  {
    try await StorageScene.run { scene in
      var kills = 0
      var met: Set<String?> = []
      while true {
        let installed = try await scene.copy("\(kills + 1)")
        let run = try await scene.rotate(installed, on: "\(fault):\(kills + 1)")
        guard run.hit != nil else {
          run.telling.ended(0)
          break
        }
        kills += 1
        run.telling.ended(137)
        let step = try await scene.expectWhole(installed)
        met.insert(step)
        try await scene.expectCompletion(of: installed, at: step)
      }
      // Before its last write a step never shows; before its sync it is in the file already.
      #expect(kills >= (fault == "kill-write" ? 40 : 4))
      #expect(met == Self.steps.subtracting([fault == "kill-write" ? "switched" : nil]))
    }
  }

  /// The kernel's view: from opening the database to removing its log, call by call.
  @Test(.needs(.program("strace")))
  func `killed after any call on its files, a rotation goes on where it was`() async throws {
    try await StorageScene.run { scene in
      var kills = 0
      var met: Set<String?> = []
      while true {
        let installed = try await scene.copy("\(kills)")
        let status = try await Self.killed(
          after: 1 + 3 * kills, in: installed, ["rotate", Stage.name, "--secret-stdin"],
          input: scene.new)
        guard status != 0 else { break }
        kills += 1
        #expect(status == -1)
        let step = try await scene.expectWhole(installed)
        met.insert(step)
        // The nightly check finishes what is proven by itself.
        if step == "validated" { try await installed.run("check").ended(1) }
        try await scene.expectCompletion(of: installed, at: step)
      }
      #expect(kills >= 20)
      #expect(met == Self.steps)
    }
  }

  @Test(.needs(.program("strace")))
  func `killed while it is made, an installation is made at the second try`() async throws {
    try await StorageScene.run { scene in
      var kills = 0
      while true {
        let installed = try await scene.copy("\(kills)")
        for file in [installed.database, installed.folder.appending(path: "store.key").path] {
          try FileManager.default.removeItem(atPath: file)
        }
        let status = try await Self.killed(after: 1 + 4 * kills, in: installed, ["init"])
        guard status != 0 else { break }
        kills += 1
        #expect(status == -1)
        let second = try await installed.run("init")
        if second.status == 78 {
          second.saying("is not a keyturn database, or its creation was interrupted")
            .saying("if it is new and empty, remove it and run keyturn init")
          for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: installed.database + suffix)
          }
          try await installed.run("init").ended(0).printing("\(installed.database) (new)")
        } else {
          second.ended(0).printing("\(installed.database) (kept)")
        }
        try await scene.sandbox.adopt(installed)
      }
      #expect(kills >= 10)
    }
  }

  /// Runs keyturn, kills it right after its nth call that changes a file of the database, and
  /// returns its exit status; -1 where it was killed.
  ///
  /// strace counts for each thread on its own, so a reader of its log counts for it, and has the
  /// time for that because each call returns late.
  private static func killed(
    after count: Int, in installed: Installed, _ arguments: [String], input: String = ""
  ) async throws -> Int32 {
    let calls = "trace=write,pwrite64,ftruncate,fsync,fdatasync,unlink"
    let reader =
      "n=\(count); while read -r id call; do n=$((n - 1)); [ $n -ne 0 ] || kill -KILL $id; done"
    let files = ["", "-wal", "-shm", "-journal"].flatMap { ["-P", installed.database + $0] }
    return try await Programs.run(
      ["strace", "-f", "-qq", "-o", "|\(reader)", "-P", installed.folder.path] + files + [
        "-e", calls, "-e", calls.replacing("trace", with: "inject") + ":delay_exit=10000", "--",
        Programs.keyturn,
      ] + arguments, input: input, environment: installed.environment
    ).status
  }
}
