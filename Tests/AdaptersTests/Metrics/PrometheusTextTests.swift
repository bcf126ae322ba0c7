import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// What an overview becomes as Prometheus' text; promtool's own verdict is in MonitoringTests.
@Suite struct PrometheusTextTests {
  private static let now = TestWorld.night
  private static let text = PrometheusText(.monitored(), version: "0.1.0").text

  /// Series and values of a document, as somebody else would read them.
  private static func samples(_ text: String) throws -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = try #require(line.wholeMatch(of: /(.*[^ ]) ([^ ]+)/)).output
      #expect(samples.updateValue(try #require(Double(parts.2)), forKey: String(parts.1)) == nil)
    }
    return samples
  }

  private static func value(_ series: String) throws -> Double? { try samples(text)[series] }

  @Test func `every metric has samples, after its help and type, in one block`() {
    var last = ""
    var seen: [String] = []
    for line in Self.text.split(separator: "\n").map(String.init) {
      let words = line.split(separator: " ").map(String.init)
      if line.hasPrefix("# HELP ") {
        seen.append(words[2])
        last = words[2]
      } else if line.hasPrefix("# TYPE ") {
        #expect(words.dropFirst(2) == [last, "gauge"])
      } else {
        #expect(line.hasPrefix("\(last){") || line.hasPrefix("\(last) "))
      }
    }
    #expect(seen == Metric.allCases.map(\.rawValue))
    #expect(Self.text.hasSuffix("\n"))
  }

  @Test func `instants are Unix seconds, and what is not known is left out`() throws {
    let day = 86_400.0
    let night = Self.now.timeIntervalSince1970
    let quiet = #"{connection="quiet",tenant="contoso",slot="current"}"#
    #expect(try Self.value("keyturn_secret_expiry_timestamp_seconds" + quiet) == night + 230 * day)
    #expect(try Self.value("keyturn_secret_start_timestamp_seconds" + quiet) == night - 500 * day)
    #expect(
      try Self.value("keyturn_secret_critical_timestamp_seconds" + quiet) == night + 223 * day)
    #expect(try Self.value("keyturn_secret_warning_timestamp_seconds" + quiet) == night + 140 * day)
    #expect(Self.text.contains("keyturn_last_run_timestamp_seconds 1795313379\n"))
    #expect(Self.text.contains("keyturn_run_duration_seconds 41.5\n"))
    #expect(Self.text.contains("keyturn_run_exit_status 2\n"))
    #expect(!Self.text.contains("connection=\"unread\",tenant=\"fabrikam\",slot"))
    #expect(!Self.text.contains("last_delivery_timestamp_seconds{route=\"chat\"}"))
    let empty = PrometheusText(
      Overview(
        asOf: Self.now, entries: [], findings: [], runs: RunHistory(),
        plan: Plan([], from: Self.now, until: Self.now)), version: "0.1.0"
    ).text
    #expect(empty.contains("keyturn_connections 0\n") && !empty.contains("_timestamp_"))
  }

  @Test func `each connection is in one state, and its findings add up`() throws {
    let samples = try Self.samples(Self.text)
    for entry in Overview.monitored().entries {
      let place =
        "{connection=\"\(entry.connection.name)\",tenant=\"\(entry.connection.server.name)\""
      let states = samples.filter { $0.key.hasPrefix("keyturn_connection_state\(place),state=") }
      #expect(states.count == 4 && states.values.reduce(0, +) == 1)
      #expect(
        states["keyturn_connection_state\(place),state=\"\(entry.severity.rawValue)\"}"] == 1)
    }
    func total(_ name: String) -> Double {
      samples.filter { $0.key.hasPrefix(name + "{") }.values.reduce(0, +)
    }
    // The missed night is nobody's.
    #expect(
      total("keyturn_findings")
        == total("keyturn_connection_findings") + total("keyturn_tenant_findings") + 1)
    #expect(samples[#"keyturn_findings{code="expired",severity="critical"}"#] == 1)
    #expect(samples[#"keyturn_findings{code="orphan",severity="warning"}"#] == 0)
  }

  @Test func `a tenant is told by its counts, of each kind and credential`() throws {
    let samples = try Self.samples(Self.text)
    let night = Self.now.timeIntervalSince1970
    func value(_ metric: String, _ labels: String) -> Double? {
      samples["keyturn_tenant_\(metric){tenant=\(labels)}"]
    }
    let (apps, principals) = (
      #""adventure",kind="application""#, #""adventure",kind="service-principal""#
    )
    #expect(value("applications", apps) == 100_000 && value("secrets", apps) == 200_000)
    #expect(value("applications", principals) == 30)
    #expect(value("applications_ending", apps + #",credential="secret""#) == 31)
    #expect(value("applications_ending", apps + #",credential="certificate""#) == 4)
    #expect(value("applications_ended", apps + #",credential="certificate""#) == 1)
    #expect(value("applications_ended", principals + #",credential="secret""#) == 0)
    // What is not read has no sample.
    #expect(value("applications_ending", principals + #",credential="certificate""#) == nil)
    #expect(value("applications_with_long_secrets", apps) == 3)
    #expect(value("applications_with_many_secrets", apps) == 2)
    #expect(value("read_timestamp_seconds", apps) == night)
    #expect(value("next_end_timestamp_seconds", #""adventure""#) == night + 5 * 86_400)
    #expect(value("findings", #""adventure",code="expiring",severity="warning""#) == 2)
    for (tenant, state) in [
      ("wingtip", "ok"), ("adventure", "warning"), ("northwind", "unknown"), ("litware", "unknown"),
    ] {
      for severity in Severity.allCases {
        #expect(
          value("state", "\"\(tenant)\",state=\"\(severity.rawValue)\"")
            == (severity.rawValue == state ? 1 : 0))
      }
    }
    #expect(
      value("unreadable_since_timestamp_seconds", #""northwind""#) == night - 5 * 86_400)
    #expect(!samples.keys.contains { $0.contains("litware") && $0.contains("_timestamp_") })
    // No application has a series of its own.
    #expect(!Self.text.contains("Forgotten CRM"))
  }

  @Test func `a hand-over is told by the secret that is still used`() throws {
    let samples = try Self.samples(Self.text)
    let place = #"{connection="waiting",tenant="contoso""#
    let night = Self.now.timeIntervalSince1970
    #expect(samples["keyturn_hand_overs_open\(place)}"] == 1)
    #expect(
      samples["keyturn_hand_over_deadline_timestamp_seconds\(place)}"] == night + 5 * 86_400)
    #expect(
      samples["keyturn_secret_critical_timestamp_seconds\(place),slot=\"previous\"}"]
        == night - 2 * 86_400)
    #expect(
      samples["keyturn_rotation_step\(place),mode=\"guided\",step=\"switched\"}"] == 1)
    #expect(samples[#"keyturn_hand_overs_open{connection="quiet",tenant="contoso"}"#] == 0)
  }

  @Test func `labels are escaped, bounded, and hold neither a value nor a key id`() throws {
    #expect(Exposition.escaped("a\"b\\c\nd") == #"a\"b\\c\\u{a}d"#)
    let hostile = try #require(
      Self.text.split(separator: "\n").first {
        $0.contains("connection_info{connection=\"hostile\"")
      })
    #expect(hostile.contains(#"owner="\"<script>\\\\u{a}\\u{1b}[2J\\u{202e}xxx"#))
    #expect(hostile.utf8.count < 800)
    for secret in ["~value~", "key-of-"] { #expect(!Self.text.contains(secret)) }
    let odd = Self.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }
    #expect(!odd)
  }

  /// The rules compare the two instants with the clock; they must say what the judgement says.
  @Test(arguments: [false, true], [1.0, 20, 60, 200, 730])
  func `the instants of a warning are those of the judgement`(renews: Bool, life: Double)
    throws
  {
    let day = 86_400.0
    let template = Overview.monitored().entries
    let connection = try #require(
      template.first { $0.connection.rotatesByItself == renews }
    ).connection
    var record = ConsumerRecord(storeID: "s", clientID: connection.clientID)
    record.version = 1
    record.current = ClientSecret(
      startsAt: Self.now, expiresAt: Self.now + life * day, source: .graph)
    let judged = Judgement(connection, record, at: Self.now)
    let text = PrometheusText(
      Overview(
        asOf: Self.now,
        entries: [.init(connection: connection, record: record, judgement: judged)],
        findings: [], runs: RunHistory(), plan: Plan([], from: Self.now, until: Self.now)),
      version: "0"
    ).text
    let samples = try Self.samples(text)
    func instant(_ metric: Metric) throws -> Date {
      let (name, tenant) = (connection.name, connection.server.name)
      let value = samples[
        "\(metric.rawValue){connection=\"\(name)\",tenant=\"\(tenant)\",slot=\"current\"}"]
      return Date(timeIntervalSince1970: try #require(value))
    }
    let (warning, critical) = (try instant(.secretWarning), try instant(.secretCritical))
    for hours in stride(from: 0.0, through: (life + 2) * 24, by: 7) {
      let instant = Self.now + hours * 3_600
      let judgement = Judgement(connection, record, at: instant)
      let found = judgement.findings.first { [.expiring, .expired].contains($0.code) }
      #expect((warning <= instant) == (found != nil), "\(hours) h")
      #expect((critical <= instant) == (found?.severity == .critical), "\(hours) h")
    }
  }
}
