import Foundation
import Testing

/// A disk that is full or broken: said clearly, and nothing is lost.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct DiskFaultTests {
  /// What an administrator reads for each fault.
  private static let words = [
    "write-enospc": "is full; nothing was changed",
    "write-eio": "failed (SQLite 778: disk I/O error)",
    "fsync-eio": "failed (SQLite 1034: disk I/O error)",
  ]

  @Test(
    .needs(.program("strace"), .program("sqlite3")),
    arguments: ["write-enospc", "write-eio", "fsync-eio"])
  func `a fault at any write of the switch ends the step, and the next run completes`(
    fault: String
  ) async throws {
    let words = try #require(Self.words[fault])
    // A full disk is full for every write; of single errors a third is enough.
    let stride = fault == "write-eio" ? 3 : 1
    try await StorageScene.run { scene in
      var faults = 0
      var met: Set<String?> = []
      while true {
        let installed = try await scene.copy("\(faults)")
        let run = try await scene.rotate(installed, on: "\(fault):\(1 + stride * faults)")
        guard let hit = run.hit else {
          run.telling.ended(0)
          break
        }
        faults += 1
        // SQLite syncs the folder as well as it can, and goes on where it can't.
        if hit.hasPrefix("fsync of copy-") || hit.hasPrefix("fdatasync of copy-") {
          run.telling.ended(0)
          continue
        }
        run.telling.ended(73)
          .saying("keyturn: error: the disk of \(installed.database) \(words)")
          .saying("keyturn: hint: ").neverShowing(scene.new)
        let step = try await scene.expectWhole(installed)
        met.insert(step)
        // Only a sync may fail with everything written: then it is found when the log is read again.
        if fault != "fsync-eio" { #expect(step != "switched") }
        try await scene.expectCompletion(of: installed, at: step)
      }
      #expect(faults >= (fault == "fsync-eio" ? 4 : 40 / stride))
      #expect(met.isSuperset(of: ["begun", "created", "validated"]))
    }
  }

  @Test(
    .needs(.program("strace"), .program("sqlite3")),
    arguments: ["write-enospc", "write-eio", "fsync-eio"])
  func `a fault while the database is opened or closed costs no version`(fault: String)
    async throws
  {
    try await StorageScene.run { scene in
      for call in [1, 2, 3, 6, 9, 12] {
        let installed = try await scene.copy("\(call)")
        let run = try await scene.rotate(installed, on: "\(fault):\(call)", alone: true)
        #expect([0, 73].contains(run.telling.status), "\(run.telling.said)")
        #expect(run.hit != nil || run.telling.status == 0)
        let step = try await scene.expectWhole(installed)
        if run.telling.status == 0 { #expect(step == "switched") }
        try await scene.expectCompletion(of: installed, at: step)
      }
    }
  }

  @Test(.needs(.program("strace"), .program("sqlite3")))
  func `every step of a rotation is one transaction that has reached the disk`() async throws {
    try await StorageScene.run { scene in
      let run = try await scene.rotate(scene.copy(), on: "count")
      run.telling.ended(0)
      let numbers = run.telling.said.split(separator: "\n").last?.split(separator: " ") ?? []
      let syncs = try #require(numbers.dropFirst(3).first.flatMap { Int($0) })
      // Four steps, and at most the log's header and its folder besides.
      #expect((4...6).contains(syncs))
    }
  }

  /// Nothing is simulated here: a file system of 1 MB, filled until so many kB are left.
  @Test(
    .needs(.root, .program("unshare")),
    arguments: [0, 4, 16, 32, 40, 48, 64, 80, 96, 112, 128, 200])
  func `on a full disk a rotation stops, and goes on when there is room`(free: Int) async throws {
    try await StorageScene.run { scene in
      let installed = try await scene.copy("full")
      let saved = scene.sandbox.folder.appending(path: "saved").path
      let telling = try await Programs.run(
        ["unshare", "--mount", "sh", "-c", Self.fullDisk, "sh"]
          + [installed.folder.path, saved, "\(free)", Programs.keyturn, Stage.name],
        input: scene.new, environment: installed.environment)
      if telling.status == 77 { try Requirement.isMissing(telling.said) }
      for name in try FileManager.default.contentsOfDirectory(atPath: saved) {
        let place = installed.folder.appending(path: name).path
        try? FileManager.default.removeItem(atPath: place)
        try FileManager.default.copyItem(atPath: "\(saved)/\(name)", toPath: place)
      }
      let step = try await scene.expectWhole(installed)
      if free >= 200 {
        telling.ended(0)
        #expect(step == "switched")
      } else if free <= 32 || telling.status != 0 {
        telling.ended(73).saying("keyturn: error: the disk of \(installed.database) ")
        #expect(step != "switched")
      }
      try await scene.expectCompletion(of: installed, at: step)
    }
  }

  /// $1 the installation, $2 where it is left, $3 the free kB, $4 keyturn, $5 the connection.
  private static let fullDisk = """
    cp -a "$1" "$2"
    mount -t tmpfs -o size=1m,mode=700 tmpfs "$1" || exit 77
    cp -a "$2/." "$1"
    cat /dev/zero > "$1/filler" 2> /dev/null
    truncate --size="-$3K" "$1/filler"
    "$4" rotate "$5" --secret-stdin
    status=$?
    rm "$1/filler"
    rm -r "$2"
    cp -a "$1" "$2"
    exit $status
    """
}
