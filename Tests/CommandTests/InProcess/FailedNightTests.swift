import Adapters
import Foundation
import SimulatedTenant
import Testing

/// I8: a check that could not do its work never looks like one that did.
@Suite struct FailedNightTests {
  private static let name = Stage.name

  /// What can be wrong with an installation, and the status that tells it.
  enum Fault: CaseIterable {
    case noConfiguration, malformedConfiguration, unknownKey, worldWritable
    case noKey, otherKey, openKey, halfKey
    case noDatabase, damagedHeader, damagedPage, cutDatabase, emptyDatabase
    case newerDatabase

    func apply(to stage: Stage) throws {
      let files = FileManager.default
      switch self {
      case .noConfiguration: try files.removeItem(atPath: stage.configuration)
      case .malformedConfiguration: try stage.reconfigure("tenants:", "tenants: [")
      case .unknownKey: try stage.reconfigure("secret_name", "secret_nmae")
      case .worldWritable:
        try files.setAttributes([.posixPermissions: 0o666], ofItemAtPath: stage.configuration)
      case .noKey: try files.removeItem(atPath: stage.key)
      case .otherKey: try write(Data(repeating: 0x41, count: 43) + Data("=\n".utf8), to: stage.key)
      case .openKey:
        try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: stage.key)
      case .halfKey: try write(Data(contentsOf: URL(filePath: stage.key)).prefix(20), to: stage.key)
      case .noDatabase: try files.removeItem(atPath: stage.database)
      case .damagedHeader: try overwrite(stage.database, at: 0, count: 100)
      case .damagedPage: try overwrite(stage.database, at: 4_096, count: 200_000)
      case .cutDatabase: try write(Data(contents(stage).prefix(5_000)), to: stage.database)
      case .emptyDatabase: try write(Data(), to: stage.database)
      case .newerDatabase: try write(Data("SQLite format 4\0".utf8), to: stage.database)
      }
    }

    private func contents(_ stage: Stage) throws -> Data {
      try Data(contentsOf: URL(filePath: stage.database))
    }

    private func write(_ data: Data, to path: String) throws {
      try data.write(to: URL(filePath: path))
    }

    private func overwrite(_ path: String, at offset: Int, count: Int) throws {
      var data = try Data(contentsOf: URL(filePath: path))
      let range = min(offset, data.count)..<min(offset + count, data.count)
      data.replaceSubrange(range, with: Data(repeating: 0xA5, count: range.count))
      try data.write(to: URL(filePath: path))
    }
  }

  @Test(arguments: Fault.allCases)
  func `what does not fit ends a night with its own status and words`(fault: Fault) async throws {
    let stage = try await Stage()
    await stage.adopt()
    try FileManager.default.removeItemIfThere(stage.database + "-wal")
    try fault.apply(to: stage)
    let night = await stage.run("check")
    #expect(![0, 1].contains(night.status), "\(fault): \(night.everything)")
    #expect([2, 3, 78].contains(night.status), "\(fault): \(night.status) \(night.everything)")
    if night.status == 78 {
      night.saying("keyturn: error: ")
      // A mistake in the configuration is told with file, line and what is meant.
      if !night.said.contains("\(stage.configuration):") { night.saying("keyturn: hint: ") }
    } else {
      #expect(night.lines.last?.hasPrefix("UNKNOWN: ") == true)
    }
    for command in ["status", "plan", "validate", "history"] {
      let other = await stage.run(command)
      if night.status == 78 { other.ended(78) }
    }
  }

  @Test(
    arguments: [
      TransportFailure.Reason.unknownName, .refused, .timedOut(10), .proxyRefused, .closed,
      .notHTTP, .certificateNotTrusted, .certificateForOtherName, .notTLS,
    ])
  func `a night without a way to the tenant is never a good one`(
    reason: TransportFailure.Reason
  ) async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.pass(days: 1)
    let transport = HTTPTransport { request throws(TransportFailure) in
      throw TransportFailure(TransportFailure.Peer(request.url), reason)
    }
    let night = await stage.run("check", transport: transport).ended(3)
    night.printing("failed: \(Self.name) validate: ").printing("login.microsoftonline.com")
    #expect(night.lines.last?.hasPrefix("UNKNOWN: 1 of 1 secret due: ") == true)
    // What was recorded is still warned of, and the next good night takes the word back.
    night.printing("WARNING: \(Self.name) expires in 2")
    await stage.run("check").ended(1)
  }

  @Test func `a night in which the disk takes nothing is told, and nothing is lost`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    stage.pass(days: 1)
    try FileManager.default.createDirectory(
      atPath: stage.database + ".lock", withIntermediateDirectories: false)
    await stage.run("check").ended(77).saying("the lock file").saying("keyturn: hint: ")
    await #expect(stage.storedValue() == stage.seeded.value)
  }

  @Test func `the first complaint of a configuration names file, line and what is meant`()
    async throws
  {
    let stage = try await Stage()
    try stage.reconfigure("secret_name", "secret_nmae")
    await stage.run("check").ended(78).saying("\(stage.configuration):10:5").saying("secret_name")
  }
}

extension FileManager {
  /// Removes a file that may be there.
  func removeItemIfThere(_ path: String) throws {
    if fileExists(atPath: path) { try removeItem(atPath: path) }
  }
}
