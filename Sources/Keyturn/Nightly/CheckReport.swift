import Foundation

/// What one night found and did.
public struct CheckReport: Sendable, Equatable {
  /// One thing that the night did, or would do.
  public struct Action: Sendable, Equatable {
    /// How it went.
    public enum Result: String, Sendable {
      case done, failed
      /// A dry run: it would be done.
      case planned
    }

    public var connection: String
    public var what: String
    public var result: Result
    public var message: String
  }

  public var startedAt: Date
  public var finishedAt: Date
  /// How many connections the configuration has.
  public var connections: Int
  /// Worst first.
  public var findings: [Finding]
  public var actions: [Action]

  /// The worst finding's severity.
  public var severity: Severity {
    .worst(findings.map(\.severity))
  }

  /// One line in the words of the monitoring plugins' convention, performance data included.
  public var summary: String {
    let bad = findings.filter { $0.severity != .ok }
    let due = Set(bad.compactMap(\.connection)).count
    let secrets = connections == 1 ? "1 secret" : "\(connections) secrets"
    let text: String
    if let worst = bad.first {
      let count = worst.connection == nil ? "" : "\(due) of \(secrets) due: "
      text = count + (worst.connection.map { "\($0) \(worst.message)" } ?? worst.message)
    } else {
      text = "\(secrets), none due"
    }
    let seconds = finishedAt.timeIntervalSince(startedAt).rounded()
    return "\(severity.rawValue.uppercased()): \(text.replacing("|", with: "/"))"
      + " | due=\(due);;;0;\(connections) duration=\(Int(seconds))s"
  }
}
