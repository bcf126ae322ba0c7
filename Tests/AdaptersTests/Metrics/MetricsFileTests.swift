import Foundation
import Keyturn
import Synchronization
import Testing

@testable import Adapters

/// The file of the textfile collector: whole at any time, for everybody to read.
@Suite struct MetricsFileTests {
  private static func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "keyturn-metrics-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private static func failure(_ path: String) throws -> KeyturnError {
    try #require(throws: KeyturnError.self) { try MetricsFile(path: path).write("a 1\n") }
  }

  @Test func `it is written for everybody to read, and nothing is left beside it`() async throws {
    try await Self.withFolder { folder in
      let path = folder.appending(path: "keyturn.prom").path
      // What a process with the same number left when it was killed.
      let left = folder.appending(path: ".keyturn.prom.\(getpid())")
      try "half".write(to: left, atomically: false, encoding: .utf8)
      let umaskBefore = umask(0o077)
      defer { umask(umaskBefore) }
      try MetricsFile(path: path).write("a 1\n")
      try MetricsFile(path: path).write("a 2\n")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "a 2\n")
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode as? NSNumber == 0o644)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keyturn.prom"])
    }
  }

  @Test func `a reader sees the old text or the new one, never a part`() async throws {
    try await Self.withFolder { folder in
      let path = folder.appending(path: "keyturn.prom").path
      let texts = ["a", "b"].map { String(repeating: $0, count: 1 << 20) }
      try MetricsFile(path: path).write(texts[0])
      let isOver = Mutex(false)
      async let written: Int = {
        var number = 0
        while !isOver.withLock({ $0 }) {
          number += 1
          try MetricsFile(path: path).write(texts[number % 2])
        }
        return number
      }()
      var seen: Set<String> = []
      // As long as it takes until both have been seen, on however busy a machine.
      while seen.count < 2 {
        seen.insert(try String(contentsOfFile: path, encoding: .utf8))
        await Task.yield()
      }
      for _ in 0..<100 { seen.insert(try String(contentsOfFile: path, encoding: .utf8)) }
      isOver.withLock { $0 = true }
      #expect(try await written > 1)
      #expect(seen == Set(texts))
    }
  }

  @Test func `a place that can't be written to is told, with what to do`() async throws {
    try await Self.withFolder { folder in
      let missing = try Self.failure(folder.appending(path: "nowhere/keyturn.prom").path)
      #expect(missing.code == .cannotCreate && missing.message.contains("No such file"))
      #expect(missing.hints.first?.contains("--collector.textfile.directory") == true)
      let other = try Self.failure(folder.appending(path: "keyturn.txt").path)
      #expect(other.hints == ["give a name that ends in .prom: node_exporter reads no other file"])
      let inPlace = folder.appending(path: "folder.prom")
      try FileManager.default.createDirectory(at: inPlace, withIntermediateDirectories: false)
      let taken = try Self.failure(inPlace.path)
      #expect(taken.hints.first?.contains("a folder is in its place") == true)
      // The kernel's own file system takes no file, not even from root.
      let forbidden = try Self.failure("/sys/keyturn\u{1b}.prom")
      #expect(forbidden.code == .cannotCreate && !forbidden.hints.isEmpty)
      #expect(!forbidden.message.contains("\u{1b}"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names == ["folder.prom"])
    }
  }
}
