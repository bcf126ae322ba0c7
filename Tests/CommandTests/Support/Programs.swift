import Foundation
import Subprocess
import Testing

/// The programs that the tests start, and where the repository's scripts are.
///
/// Every program is started here. It shares no output with this process, or whoever reads that would
/// wait for the program's end too; and it ends when this process does, however that comes about.
/// setpriv sees to that: the kernel counts the thread that starts a program as its parent, and
/// Subprocess has one such thread, which lives as long as the process.
enum Programs {
  static let keyturn = Bundle.main.bundleURL.appending(path: "keyturn").path
  static let sandbox = Bundle.main.bundleURL.appending(path: "keyturn-sandbox").path
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A script of Tests/Support.
  static func script(_ name: String) -> String {
    repository.appending(path: "Tests/Support/\(name)").path
  }

  /// Runs a program to its end, which comes after `seconds` at the latest.
  static func run(
    _ words: [String], input: String = "", environment: [String: String] = [:],
    seconds: Int = 300
  ) async throws -> Telling {
    _ = ignoresBrokenPipes
    // Twice, for timeout ends alone where a signal comes before its fork has returned.
    let result = try await Subprocess.run(
      .name("setpriv"),
      arguments: Arguments(
        ["--pdeathsig", "TERM", "timeout", "--kill-after=5", "\(seconds)"]
          + ["setpriv", "--pdeathsig", "KILL"] + words),
      environment: all(environment), input: .inputWriter, output: .string(limit: 8 << 20),
      error: .string(limit: 8 << 20)
    ) { execution in
      // Not as `input: .string`: where a program ends without having read it, Subprocess 1.0 would
      // end this process too (swift-subprocess, issue 367).
      _ = try? await execution.standardInputWriter.write(input)
      try await execution.standardInputWriter.finish()
    }
    return Telling(
      status: result.terminationStatus.number, printed: result.standardOutput,
      said: result.standardError)
  }

  /// Runs a program while the body runs, then ends it by a signal.
  ///
  /// The body gets the process's ID and its standard output; the exit status is -1 where a signal
  /// ended it, and what it printed is not in the result.
  static func run(
    _ words: [String], environment: [String: String] = [:], until signal: Int32,
    _ body: (Int32, SubprocessOutputSequence) async throws -> Void
  ) async throws -> Telling {
    let result = try await Subprocess.run(
      .name("setpriv"), arguments: Arguments(["--pdeathsig", "KILL"] + words),
      environment: all(environment), input: .none, output: .sequence, error: .string(limit: 8 << 20)
    ) { execution in
      try await body(execution.processIdentifier.value, execution.standardOutput)
      kill(execution.processIdentifier.value, signal)
    }
    return Telling(
      status: result.terminationStatus.number, printed: "", said: result.standardError)
  }

  /// The whole environment of a program: of this process's nothing but the path is passed on.
  private static func all(_ environment: [String: String]) -> Environment {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let variables = ["LC_ALL": "C.UTF-8", "PATH": "\(path):/usr/sbin:/sbin"]
      .merging(environment) { $1 }
    let entries = variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
    return .custom(Dictionary(uniqueKeysWithValues: entries))
  }

  /// A program that ends without having read its input must not end this process.
  private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

  /// Lends a new folder to the body, and removes it.
  static func withFolder<T>(_ body: (URL) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "keyturn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }
}

extension TerminationStatus {
  /// The exit status; -1 where a signal ended the process.
  fileprivate var number: Int32 {
    if case .exited(let status) = self { Int32(status) } else { -1 }
  }
}

/// The real `keyturn` with a configuration, a key and a database of its own.
struct Installed: Sendable {
  /// What waiting costs where somebody waits for real.
  static let validation = "validation: { successes: 3, interval: 1s, timeout: 30s }\n"

  let folder: URL
  var configuration: String { folder.appending(path: "keyturn.yaml").path }

  /// Writes the configuration, and makes key and database by `keyturn init`.
  init(in folder: URL, configuration text: String) async throws {
    self.folder = folder
    try text.write(toFile: configuration, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: configuration)
    try await run("init").ended(0)
  }

  var environment: [String: String] { ["KEYTURN_CONFIG": configuration, "HOME": folder.path] }

  /// Runs a command of keyturn's, without a terminal.
  @discardableResult
  func run(
    _ arguments: String..., input: String = "", environment more: [String: String] = [:]
  ) async throws -> Telling {
    try await Programs.run(
      [Programs.keyturn] + arguments, input: input,
      environment: environment.merging(more) { $1 })
  }

  /// Runs a command that would go on for long, and kills it when the body is done.
  func whileRunning(_ argument: String, _ body: (Int32) async throws -> Void) async throws {
    let telling = try await Programs.run(
      [Programs.keyturn, argument], environment: environment, until: SIGKILL
    ) { process, _ in try await body(process) }
    #expect(telling.status == -1, "it ended by itself: \(telling.said)")
  }

  /// Replaces text in the configuration.
  func reconfigure(_ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: configuration, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new)
      .write(toFile: configuration, atomically: false, encoding: .utf8)
  }

  /// The value that readers of the store get.
  func storedValue() async throws -> String {
    try await run("show", Stage.name, "--field", "consumer-secret").printed
      .trimmingCharacters(in: .newlines)
  }

  /// The step of the open rotation; nil where none is open.
  func step() async throws -> String? {
    let document = try await run("status", "--json").json()
    let connection = (document["connections"] as? [[String: Any]])?.first
    return (connection?["rotation"] as? [String: Any])?["step"] as? String
  }
}

extension RunningSandbox {
  /// An installation beside the sandbox, by the configuration that it wrote itself.
  func install() async throws -> Installed {
    try await Installed(
      in: folder, configuration: try file("keyturn.yaml") + "\n" + Installed.validation)
  }

  /// Makes the seeded secret current.
  func adopt(_ installed: Installed) async throws {
    try await installed.run(
      "record", Stage.name, "--expires", facts["expires at"] ?? "", "--key-id",
      facts["key id"] ?? "", "--secret-stdin", input: secret()
    ).ended(0)
  }

  /// Makes a secret as the portal does.
  func makeSecret() async throws -> (value: String, keyID: String) {
    let made = try await curl(
      "/_sandbox/applications/\(clientID)/secrets",
      ["-d", #"{"display_name":"Magentrix D365 Secret","days":730}"#])
    return (
      try #require(made.json["value"] as? String), try #require(made.json["key_id"] as? String)
    )
  }

  /// Deletes a secret as the portal does.
  func deleteSecret(_ keyID: String) async throws {
    let reply = try await curl(
      "/_sandbox/applications/\(clientID)/secrets/\(keyID)", ["-X", "DELETE"])
    #expect(reply.status == 204)
  }
}
