import Adapters
import Foundation
import Keyturn

/// A check with what watches over it: the heartbeat before and after, and the metrics.
///
/// None of that can end a night: what goes wrong with it is a finding.
struct WatchedNight {
  let installation: Installation
  let context: Context

  /// Runs the check while no other process runs one.
  ///
  /// Throws: ``KeyturnError`` where the whole night is impossible; the heartbeat has told that.
  func run(_ check: Check) async throws -> CheckReport {
    let (heartbeat, unreadable) = heartbeat()
    var failure = await heartbeat?.start() ?? unreadable
    var report: CheckReport
    do {
      report = try await installation.alone { try await check.run() }
    } catch {
      let known = error as? KeyturnError
      _ = await heartbeat?.finish(
        status: known?.code.exitStatus ?? KeyturnError.Code.internal.exitStatus,
        lastLines: known.map { [$0.message] + $0.hints } ?? ["\(error)".shown()])
      throw error
    }
    if let finding = await writeMetrics() { report.findings.append(finding) }
    // What a night found is told by messages; the heartbeat tells whether it could do its work.
    let status = report.severity == .unknown ? report.severity.exitStatus : 0
    failure = await heartbeat?.finish(status: status, lastLines: Self.lines(report)) ?? failure
    if let failure { report.findings.append(Self.finding(about: failure)) }
    return report
  }

  /// Writes what monitoring reads; returns what went wrong with that.
  private func writeMetrics() async -> Finding? {
    guard let path = installation.telling.metricsFile else { return nil }
    do {
      let overview = try await installation.overview(at: context.now())
      try MetricsFile(path: path)
        .write(PrometheusText(overview, version: keyturnVersion).text)
      return nil
    } catch {
      let known = error as? KeyturnError
      return Finding(
        code: .notificationFailed, severity: .warning,
        message: known?.message ?? "the metrics could not be written: \("\(error)".shown())",
        remedy: known?.hints.first ?? "run keyturn report --format prometheus")
    }
  }

  private func heartbeat() -> (Heartbeat?, DeliveryFailure?) {
    guard let address = installation.telling.heartbeat else { return (nil, nil) }
    do {
      let url = try address.read(for: "the heartbeat")
      return (Heartbeat(url: url, transport: installation.transport, context: context), nil)
    } catch {
      return (nil, error)
    }
  }

  private static func lines(_ report: CheckReport) -> [String] {
    report.findings.filter { $0.severity != .ok }.prefix(Message.longest).map { finding in
      let subject = finding.connection.map { "\($0) " } ?? ""
      return "\(finding.severity.rawValue.uppercased()): \(subject)\(finding.message)"
    } + [report.summary]
  }

  private static func finding(about failure: DeliveryFailure) -> Finding {
    Finding(
      code: .notificationFailed, severity: .warning,
      message: "the heartbeat was not taken: \(failure.message)", remedy: failure.remedy)
  }
}
