import Foundation
import Subprocess
import Testing

/// The real `keyturn-sandbox`, running in a folder of its own on a free port.
struct RunningSandbox: Sendable {
  /// What a client saw of an answer.
  struct Reply {
    /// The exit status of `curl`; 0 where an answer arrived whole.
    let exit: Int
    let status: Int
    let headers: [String: String]
    let body: String

    /// The body as a JSON object.
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
    }
  }

  static let program = Bundle.main.bundleURL.appending(path: "keyturn-sandbox")

  let folder: URL
  /// The lines `name: value` that it printed.
  let facts: [String: String]
  let processID: Int32

  var baseURL: String { facts["base url"] ?? "" }
  var tenantID: String { facts["tenant id"] ?? "" }
  var clientID: String { facts["client id"] ?? "" }
  var caFile: String { facts["ca file"] ?? "" }

  func file(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// The value of the seeded secret.
  func secret() throws -> String {
    try file("seeded-secret").trimmingCharacters(in: .newlines)
  }

  // MARK: - Running

  /// Starts a sandbox, lends it to the body, stops it, and removes its folder.
  ///
  /// - Returns: The exit status.
  @discardableResult
  static func run(
    _ arguments: [String] = ["--settle", "none"], signal: Int32 = SIGTERM,
    _ body: (RunningSandbox) async throws -> Void
  ) async throws -> Int32 {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "sandbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appending(path: "stdout")
    try Data().write(to: output)
    let process = Process()
    process.executableURL = program
    process.arguments =
      ["--port", "0", "--directory", folder.appending(path: "d").path] + arguments
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    do {
      let lines = try await waitUntilReady(output, process)
      let facts = lines.compactMap { line -> (String, String)? in
        let parts = line.components(separatedBy: ": ")
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }
      let sandbox = RunningSandbox(
        folder: folder.appending(path: "d"),
        facts: Dictionary(facts) { first, _ in first }, processID: process.processIdentifier)
      try await body(sandbox)
    } catch {
      kill(process.processIdentifier, SIGKILL)
      throw error
    }
    kill(process.processIdentifier, signal)
    return try await waitForExit(of: process)
  }

  private static func waitUntilReady(_ output: URL, _ process: Process) async throws -> [String] {
    for _ in 0..<600 {
      let lines = try String(contentsOf: output, encoding: .utf8).components(separatedBy: "\n")
      if lines.suffix(2) == ["ready", ""] { return lines }
      try #require(process.isRunning, "the sandbox ended before it was ready")
      try await Task.sleep(for: .milliseconds(50))
    }
    throw CancellationError()
  }

  private static func waitForExit(of process: Process) async throws -> Int32 {
    for _ in 0..<200 where process.isRunning { try await Task.sleep(for: .milliseconds(50)) }
    try #require(!process.isRunning, "the sandbox did not stop within ten seconds")
    return process.terminationReason == .exit ? process.terminationStatus : -1
  }

  // MARK: - Asking

  /// Sends a request as `curl` does that trusts the sandbox's authority.
  func curl(_ target: String, _ arguments: [String] = [], trusting: Bool = true) async throws
    -> Reply
  {
    let url = target.hasPrefix("https://") ? target : baseURL + target
    let trust = trusting ? ["--cacert", caFile] : []
    let result = try await Subprocess.run(
      .name("curl"),
      arguments: Arguments(["-sS", "-i", "--max-time", "60"] + trust + arguments + [url]),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
    guard case .exited(let exit) = result.terminationStatus else { throw CancellationError() }
    let text = result.standardOutput.replacingOccurrences(of: "\r\n", with: "\n")
    let parts = text.components(separatedBy: "\n\n")
    let head = parts[0].components(separatedBy: "\n")
    let fields = head.dropFirst().compactMap { line -> (String, String)? in
      let pair = line.components(separatedBy: ": ")
      return pair.count > 1
        ? (pair[0].lowercased(), pair[1...].joined(separator: ": ")) : nil
    }
    return Reply(
      exit: Int(exit),
      status: head[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0,
      headers: Dictionary(fields) { first, _ in first },
      body: parts.dropFirst().joined(separator: "\n\n"))
  }

  /// Asks for a token with a secret.
  func token(secret: String, scope: String? = nil, _ arguments: [String] = []) async throws
    -> Reply
  {
    try await curl(
      "/\(tenantID)/oauth2/v2.0/token",
      arguments + [
        "-d", "grant_type=client_credentials", "-d", "client_id=\(clientID)",
        "--data-urlencode", "client_secret=\(secret)",
        "--data-urlencode", "scope=\(scope ?? baseURL)/.default",
      ])
  }

  /// Sets the faults, given as JSON.
  func setFaults(_ json: String) async throws -> Reply {
    try await curl("/_sandbox/faults", ["-X", "PUT", "-d", json])
  }
}
