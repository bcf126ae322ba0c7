import Foundation
import Testing

/// Debian's node_exporter and Prometheus, with our alerting rules.
struct Monitoring: Sendable {
  private let folder: URL
  private let facts: [String: String]

  /// Where metrics files go.
  var textfiles: URL { URL(filePath: facts["textfiles"] ?? "") }

  /// Starts both, lends them to the body, and ends them.
  static func run(_ body: (Monitoring) async throws -> Void) async throws {
    try await Programs.withFolder { folder in
      let up = try await script("up", folder)
      if up.status == 77 { try Requirement.isMissing(up.said) }
      up.ended(0)
      let pairs = up.lines.compactMap { line -> (String, String)? in
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }
      let monitoring = Monitoring(
        folder: folder, facts: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
      do {
        try await body(monitoring)
      } catch {
        try await script("down", folder).ended(0)
        throw error
      }
      try await script("down", folder).ended(0)
    }
  }

  /// What node_exporter hands out.
  func exported() async throws -> String {
    try await get("\(facts["exporter"] ?? "")/metrics").printed
  }

  /// The samples that an expression has now: their labels, and the value.
  func query(_ expression: String) async throws -> [(labels: [String: String], value: Double)] {
    let document = try await get(
      "\(facts["prometheus"] ?? "")/api/v1/query",
      ["--data-urlencode", "query=\(expression)", "--get"]
    ).json()
    let data = document["data"] as? [String: Any]
    let results = try #require(data?["result"] as? [[String: Any]], "\(expression): \(document)")
    return try results.map { result in
      let value = try #require((result["value"] as? [Any])?.last as? String)
      return (result["metric"] as? [String: String] ?? [:], try #require(Double(value)))
    }
  }

  /// Waits until an expression has a sample.
  ///
  /// Throws: `ExpectationFailedError` where it has none after half a minute.
  func sees(_ expression: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for _ in 0..<300 {
      if try await !query(expression).isEmpty { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    try #require(Bool(false), "nothing for \(expression)", sourceLocation: sourceLocation)
  }

  private func get(_ address: String, _ more: [String] = []) async throws -> Telling {
    try await Programs.run(
      ["curl", "-sS", "--fail-with-body", "--noproxy", "*", "--max-time", "10", address] + more)
  }

  private static func script(_ verb: String, _ folder: URL) async throws -> Telling {
    try await Programs.run(["bash", Programs.script("monitoring.sh"), verb, folder.path])
  }
}
