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

  let folder: URL
  /// The lines `name: value` that it printed.
  let facts: [String: String]

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
    let words = [Programs.sandbox, "--port", "0", "--directory", folder.appending(path: "d").path]
    var isReady = false
    let telling = try await Programs.run(words + arguments, until: signal) { _, output in
      guard let facts = try await facts(from: output) else { return }
      isReady = true
      try await body(RunningSandbox(folder: folder.appending(path: "d"), facts: facts))
    }
    try #require(isReady, "the sandbox ended before it was ready: \(telling.said)")
    return telling.status
  }

  /// What it prints until it is ready; nil where it ends before that.
  private static func facts(from output: SubprocessOutputSequence) async throws
    -> [String: String]?
  {
    var facts: [String: String] = [:]
    for try await line in output.strings() {
      if line == "ready" { return facts }
      let parts = line.components(separatedBy: ": ")
      if parts.count == 2 { facts[parts[0]] = parts[1] }
    }
    return nil
  }

  // MARK: - Asking

  /// Sends a request as `curl` does that trusts the sandbox's authority.
  func curl(_ target: String, _ arguments: [String] = [], trusting: Bool = true) async throws
    -> Reply
  {
    let url = target.hasPrefix("https://") ? target : baseURL + target
    let trust = trusting ? ["--cacert", caFile] : []
    let result = try await Programs.run(
      ["curl", "-sS", "-i", "--max-time", "120"] + trust + arguments + [url])
    let text = result.printed.replacingOccurrences(of: "\r\n", with: "\n")
    let parts = text.components(separatedBy: "\n\n")
    let head = parts[0].components(separatedBy: "\n")
    let fields = head.dropFirst().compactMap { line -> (String, String)? in
      let pair = line.components(separatedBy: ": ")
      return pair.count > 1
        ? (pair[0].lowercased(), pair[1...].joined(separator: ": ")) : nil
    }
    return Reply(
      exit: Int(result.status),
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

  /// Waits until so many requests for a token have come, though they may not be answered yet.
  func waitForCalls(_ count: Int) async throws {
    while try await calls() < count { try await Task.sleep(for: .milliseconds(50)) }
  }

  /// How many requests for a token have come.
  func calls() async throws -> Int {
    try await curl("/_sandbox/requests").body.components(separatedBy: "/token").count - 1
  }
}
