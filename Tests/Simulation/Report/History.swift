import Foundation
import Synchronization

/// One seed, from its first night to its last.
enum History {
  /// What came of it.
  struct Result: Sendable {
    var seed: UInt64
    var violation: Checker.Violation?
    var last: [String]
    var hash: UInt64
    var statistics: Statistics
  }

  private static let count = Atomic(0)

  /// Where databases lie: in memory where the system has a folder for that.
  static var root: URL {
    FileManager.default.isWritableFile(atPath: "/dev/shm")
      ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
  }

  /// What the folder of a seed's database is called, up to a number.
  static func folderName(of seed: UInt64) -> String {
    "keyturn-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(seed)"
  }

  /// Runs it; everything that it writes is gone afterwards.
  static func run(
    seed: UInt64, nights: Int, isVerbose: Bool = false, hasWords: Bool = true,
    tolerated: [String] = []
  ) -> Result {
    let trace = Trace(isVerbose: isVerbose, hasWords: hasWords || isVerbose)
    let name = "\(folderName(of: seed))-\(count.add(1, ordering: .relaxed).newValue)"
    let folder = root.appending(path: name)
    do {
      let world = try Scenario.world(seed: seed, folder: folder, trace: trace)
      world.checker.tolerated = tolerated
      world.run(until: World.start + Double(nights) * World.day)
      world.close()
      defer { world.end() }
      return Result(
        seed: seed, violation: world.checker.violation, last: world.trace.last(60),
        hash: world.trace.hash, statistics: world.statistics)
    } catch {
      return Result(
        seed: seed, violation: .init(invariant: "harness", text: "\(error)", event: 0), last: [],
        hash: 0, statistics: Statistics())
    }
  }
}
