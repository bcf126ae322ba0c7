import Foundation
import Testing

/// A trail of 100,000 events, exported by the real program.
@Suite(.needs(.program("sqlite3"), .program("time")), .inTurn, .timeLimit(.minutes(30)))
struct LongTrailTests {
  private static let configuration = """
    tenants:
      contoso: { id: 72f988bf-86f1-41af-91ab-2d7cd011db47 }
    connections:
      \(Stage.name):
        tenant: contoso
        client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b
        environment: https://contoso.crm.dynamics.com

    """

  private static func install(in folder: URL) async throws -> Installed {
    try await Installed(
      in: folder,
      configuration:
        "database: \(folder.path)/keyturn.db\nstore: { key_file: \(folder.path)/key }\n"
        + configuration)
  }

  /// Adds events whose hashes fit nothing: what is looked at here is how they are read.
  private static func add(_ count: Int, to folder: URL) async throws {
    try await Programs.run(
      [
        "sqlite3", "\(folder.path)/keyturn.db",
        """
        INSERT INTO event WITH RECURSIVE number(seq) AS
          (SELECT 1 UNION ALL SELECT seq + 1 FROM number WHERE seq < \(count))
        SELECT seq, '2026-11-22T02:10:00Z', 'root@crm01 (cron)', 'secret.validated',
          'magentrix-d365', NULL, 'secret 11111111-1111-4111-8111-111111111111: accepted by 1 call',
          randomblob(32) FROM number
        """,
      ]
    ).ended(0)
  }

  @Test func `a long trail is exported whole, in the memory of a short one`() async throws {
    try await Programs.withFolder { folder in
      let installed = try await Self.install(in: folder)
      try await Self.add(100_000, to: folder)
      let lines = folder.appending(path: "lines").path
      func export(_ limit: Int) async throws -> Int {
        let telling = try await Programs.run(
          [
            "sh", "-c",
            "exec \"$(command -v time)\" -f %M \"$0\" history --jsonl --limit \(limit) > \(lines)",
            Programs.keyturn,
          ], environment: installed.environment, seconds: 120
        ).ended(0)
        return try #require(Int(telling.said.split(separator: "\n").last ?? ""))
      }
      let short = try await export(2_000)
      let whole = try await export(0)
      // Kilobytes. The events themselves are 30 MB, and more as values in memory.
      #expect(whole - short < 10_000, "\(short) KB for 2,000 events, \(whole) KB for 100,000")
      let exported = try String(contentsOfFile: lines, encoding: .utf8)
      #expect(exported.utf8.count { $0 == UInt8(ascii: "\n") } == 100_000)
      #expect(exported.contains("\"seq\":100000,"))
    }
  }

  /// The job is taken from the documentation as it stands there.
  @Test func `the documented job hands over each event once`() async throws {
    try await Programs.withFolder { folder in
      let installed = try await Self.install(in: folder)
      let text = try String(
        contentsOf: Programs.repository.appending(
          path: "Sources/Keyturn/Keyturn.docc/Monitoring.md"), encoding: .utf8)
      let block = try #require(text.components(separatedBy: "```sh\n").dropFirst().first)
      let job = folder.appending(path: "keyturn-export")
      try #require(block.components(separatedBy: "```").first)
        .write(to: job, atomically: false, encoding: .utf8)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      let folderOfKeyturn = URL(filePath: Programs.keyturn).deletingLastPathComponent().path
      let environment = installed.environment.merging(
        ["PATH": "\(folderOfKeyturn):\(path)"]
      ) { $1 }
      let log = folder.appending(path: "log")
      func run() async throws -> [Int] {
        try await Programs.run(
          ["sh", job.path, folder.appending(path: "state").path, log.path],
          environment: environment
        ).ended(0)
        let lines = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return lines.matches(of: /"seq":([0-9]+),/).compactMap { Int($0.output.1) }
      }
      #expect(try await run() == [])
      for (count, day) in [(1, 22), (2, 23), (3, 24)] {
        try await installed.run("record", Stage.name, "--expires", "2030-11-\(day)").ended(0)
        #expect(try await run() == Array(1...count))
        #expect(try await run() == Array(1...count))
      }
    }
  }
}
