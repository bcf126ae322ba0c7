import Foundation
import Subprocess
import Testing

/// A sandbox with two good secrets, and an installation in which the first is current.
///
/// Each fault is tried on a copy of the installation; the tenant stays as it is.
struct StorageScene: Sendable {
  /// One call proves a secret: what is tried here is the disk, not replication.
  private static let validation = "validation: { successes: 1, interval: 1s, timeout: 20s }\n"

  let sandbox: RunningSandbox
  /// The value that is current before the rotation, and the one that is current after it.
  let old: String
  let new: String
  private let original: URL

  /// Prepares everything, lends it to the body, and takes it away.
  static func run(_ body: (StorageScene) async throws -> Void) async throws {
    try await RunningSandbox.run { sandbox in
      let original = sandbox.folder.appending(path: "original")
      let scene = StorageScene(
        sandbox: sandbox, old: try sandbox.secret(), new: try await sandbox.makeSecret().value,
        original: original)
      try await sandbox.adopt(scene.install(in: original))
      try await body(scene)
    }
  }

  /// A copy of the installation as it was before the rotation.
  func copy(_ name: String = UUID().uuidString) async throws -> Installed {
    let folder = sandbox.folder.appending(path: "copy-\(name)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for file in ["keyturn.db", "store.key"] {
      try FileManager.default.copyItem(
        at: original.appending(path: file), to: folder.appending(path: file))
    }
    return try await install(in: folder)
  }

  /// A folder with a configuration whose database and key are in it, made by `keyturn init`.
  func install(in folder: URL) async throws -> Installed {
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return try await Installed(in: folder, configuration: configuration(in: folder))
  }

  /// The sandbox's configuration for an installation in another folder.
  func configuration(in folder: URL) throws -> String {
    let text = try sandbox.file("keyturn.yaml")
    return ["keyturn.db", "store.key"].reduce(text) {
      $0.replacing("\(sandbox.folder.path)/\($1)", with: "\(folder.path)/\($1)")
    } + Self.validation
  }

  /// Runs `keyturn rotate` with the new value while the disk does what `fault` says.
  func rotate(_ installed: Installed, on fault: String, alone: Bool = false) async throws
    -> FaultyRun
  {
    let telling = try await Programs.run(
      [Programs.script("storage-faults.sh")] + (alone ? ["--alone"] : []) + [
        fault, installed.database, "--", Programs.keyturn, "rotate", Stage.name,
        "--secret-stdin",
      ], input: new + "\n", environment: installed.environment)
    if telling.status == 77 { try Requirement.isMissing(telling.said) }
    return FaultyRun(telling)
  }

  // MARK: - What holds after any fault

  /// Checks that the store is whole and its secret good, and returns the rotation's step.
  func expectWhole(_ installed: Installed, sourceLocation: SourceLocation = #_sourceLocation)
    async throws -> String?
  {
    try expectSecrecy(installed, sourceLocation: sourceLocation)
    try await installed.run("history", "--verify").ended(0, sourceLocation: sourceLocation)
      .printing("the audit trail is whole", sourceLocation: sourceLocation)
    let step = try await installed.step()
    let app = try await installed.run("show", Stage.name, "--reveal", "--json").json()
    let value = app["consumer_secret"] as? String
    let isExpected = value == (step == "switched" ? new : old)
    #expect(isExpected, "the wrong value at \(step ?? "-")", sourceLocation: sourceLocation)
    #expect(app["consumer_key"] as? String == "NA", sourceLocation: sourceLocation)
    for field in ["refresh_token", "security_token"] {
      #expect(app[field] as? String == sandbox.clientID, sourceLocation: sourceLocation)
    }
    let end = app["expires_at"] as? String == sandbox.facts["expires at"]
    #expect(end == (step != "switched"), sourceLocation: sourceLocation)
    try await installed.run("validate", Stage.name).ended(0, sourceLocation: sourceLocation)
    return step
  }

  /// Goes on as an administrator would, and checks that the rotation then is where it should be.
  ///
  /// A value that was in the store is not asked for again: it is in nobody's hands any more.
  func expectCompletion(
    of installed: Installed, at step: String?, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    switch step {
    case nil, "begun":
      try await installed.run("rotate", Stage.name, "--secret-stdin", input: new)
        .ended(0, sourceLocation: sourceLocation)
    default:
      try await installed.run("rotate", Stage.name).ended(0, sourceLocation: sourceLocation)
    }
    let reached = try await expectWhole(installed, sourceLocation: sourceLocation)
    #expect(reached == "switched", sourceLocation: sourceLocation)
  }

  /// Checks that neither value stands in any file of the installation.
  private func expectSecrecy(_ installed: Installed, sourceLocation: SourceLocation) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: installed.folder.path) {
      let content = try Data(contentsOf: installed.folder.appending(path: name))
      for value in [old, new] {
        let isThere = content.range(of: Data(value.utf8)) != nil
        #expect(!isThere, "\(name) holds a value", sourceLocation: sourceLocation)
      }
    }
  }
}

/// A command that ran on a disk with faults.
struct FaultyRun: Sendable {
  let telling: Telling
  /// Which call the fault met: "fdatasync of keyturn.db-wal"; nil where it met none.
  let hit: String?

  init(_ telling: Telling) {
    self.telling = telling
    let last = telling.said.split(separator: "\n").last ?? ""
    hit = last.hasPrefix("hit ") && last != "hit nothing" ? String(last.dropFirst(4)) : nil
  }
}

extension Installed {
  var database: String { folder.appending(path: "keyturn.db").path }
}
