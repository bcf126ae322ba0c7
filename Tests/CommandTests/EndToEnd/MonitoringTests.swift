import Adapters
import Foundation
import Keyturn
import TestSupport
import Testing

/// Metrics, alerting rules and the dashboard, judged by Prometheus' own programs.
@Suite(
  .needs(
    .program("promtool"), .program("prometheus"), .program("prometheus-node-exporter"),
    .program("curl"), .program("python3")), .inTurn, .timeLimit(.minutes(30)))
struct MonitoringTests {
  private static let rules = "cron/prometheus/keyturn.rules.yml"
  private static let dashboard = "cron/grafana/keyturn-dashboard.json"

  private static func file(_ name: String) throws -> String {
    try String(contentsOf: Programs.repository.appending(path: name), encoding: .utf8)
  }

  private static func promtool(_ words: String..., input: String = "") async throws -> Telling {
    try await Programs.run(["promtool"] + words, input: input)
  }

  private static func path(_ name: String) -> String {
    Programs.repository.appending(path: name).path
  }

  /// The metrics of ours that a text names.
  private static func metrics(in text: String) -> Set<String> {
    Set(text.matches(of: /\bkeyturn_[a-z_]+\b/).map { String($0.output) })
  }

  @Test func `promtool has nothing to say of the metrics`() async throws {
    let text = PrometheusText(.monitored(), version: "0.1.0").text
    let verdict = try await Self.promtool("check", "metrics", input: text).ended(0)
    #expect(verdict.everything.isEmpty, "\(verdict.everything)")
  }

  @Test func `promtool accepts the rules, and their tests pass`() async throws {
    try await Self.promtool("check", "rules", Self.path(Self.rules)).ended(0)
    try await Self.promtool(
      "test", "rules", Self.path("cron/prometheus/keyturn.rules.test.yml")
    ).ended(0)
  }

  @Test func `each alert has a test and a row in the documentation`() throws {
    let alerts = try Self.file(Self.rules).matches(of: /alert: (\w+)/).map { $0.output.1 }
    #expect(alerts.count > 10)
    let tests = try Self.file("cron/prometheus/keyturn.rules.test.yml")
    let documentation = try Self.file("Sources/Keyturn/Keyturn.docc/Monitoring.md")
    for alert in alerts {
      #expect(tests.contains("alertname: \(alert)\n"), "\(alert)")
      #expect(documentation.contains("| `\(alert)` |"), "\(alert)")
    }
  }

  @Test func `rules, tests and dashboard name metrics that exist, and all are documented`() throws {
    let known = Set(Metric.allCases.map(\.rawValue))
    for name in [Self.rules, "cron/prometheus/keyturn.rules.test.yml", Self.dashboard] {
      let named = Self.metrics(in: try Self.file(name))
      #expect(!named.isEmpty && named.subtracting(known).isEmpty, "\(name): \(named)")
    }
    let documentation = try Self.file("Sources/Keyturn/Keyturn.docc/Monitoring.md")
    #expect(Self.metrics(in: documentation) == known)
  }

  // MARK: - The dashboard

  private struct Dashboard: Decodable {
    struct Source: Decodable { var uid: String }
    struct Target: Decodable {
      var datasource: Source
      var expr: String
    }
    struct Position: Decodable { var x, y, w, h: Int }
    struct Panel: Decodable {
      var id: Int
      var type, title, description: String
      var datasource: Source
      var gridPos: Position
      var targets: [Target]
    }
    struct Variables: Decodable {
      struct Variable: Decodable { var name, type: String }
      var list: [Variable]
    }
    var uid: String
    var templating: Variables
    var panels: [Panel]

    /// Each panel's expressions, with the variables as they are when everything is chosen.
    var expressions: [String] {
      panels.flatMap(\.targets).map {
        $0.expr.replacing("$tenant", with: ".*").replacing("$connection", with: ".*")
          // What has been there for a few seconds is in no sample of an hour ago.
          .replacing("$__range:1h", with: "1m:1s")
      }
    }

    init() throws {
      self = try JSONDecoder().decode(
        Dashboard.self, from: Data(try MonitoringTests.file(MonitoringTests.dashboard).utf8))
    }
  }

  @Test func `the dashboard's panels have places of their own, and any data source`() throws {
    let dashboard = try Dashboard()
    #expect(dashboard.templating.list.map(\.name) == ["datasource", "tenant", "connection"])
    #expect(Set(dashboard.panels.map(\.id)).count == dashboard.panels.count)
    var taken: Set<[Int]> = []
    for panel in dashboard.panels {
      #expect(!panel.targets.isEmpty && !panel.title.isEmpty && !panel.description.isEmpty)
      let sources = [panel.datasource.uid] + panel.targets.map(\.datasource.uid)
      #expect(Set(sources) == ["${datasource}"])
      let place = panel.gridPos
      #expect(place.x + place.w <= 24)
      for x in place.x..<place.x + place.w {
        for y in place.y..<place.y + place.h {
          #expect(taken.insert([x, y]).inserted, "\(panel.title)")
        }
      }
    }
  }

  // MARK: - The whole way

  @Test func `a metrics file becomes alerts, and each panel has something to show`() async throws {
    let now = Context.live.now()
    try await Monitoring.run { monitoring in
      let file = MetricsFile(path: monitoring.textfiles.appending(path: "keyturn.prom").path)
      try file.write(PrometheusText(.monitored(at: now), version: "0.1.0").text)
      try await monitoring.sees("keyturn_build_info")
      let exported = try await monitoring.exported()
      #expect(exported.contains("node_textfile_scrape_error 0"))
      #expect(Set(Metric.allCases.map(\.rawValue)).isSubset(of: Self.metrics(in: exported)))

      let expected = [
        "KeyturnSecretExpired": "ended", "KeyturnSecretExpiringSoon": "due",
        "KeyturnHandOverCritical": "waiting", "KeyturnRotationStuck": "stuck",
        "KeyturnNotificationsFailing": "chat", "KeyturnTenantUnread": "northwind",
      ]
      // Each group of rules has its own moment within the second.
      for alert in expected.keys { try await monitoring.sees("ALERTS{alertname=\"\(alert)\"}") }
      let firing = try await monitoring.query("ALERTS{alertstate=\"firing\"}").map {
        (
          $0.labels["alertname"] ?? "",
          $0.labels["connection"] ?? $0.labels["route"] ?? $0.labels["tenant"] ?? ""
        )
      }
      // Of the other connections, and of those that are snoozed, nothing is said.
      #expect(Dictionary(firing, uniquingKeysWith: { "\($0), \($1)" }) == expected)

      for expression in try Dashboard().expressions {
        let samples = try await monitoring.query(expression)
        #expect(!samples.isEmpty, "nothing for \(expression)")
      }
    }
  }

  @Test func `a broken metrics file is noticed, and written anew it is well again`() async throws {
    try await Monitoring.run { monitoring in
      let path = monitoring.textfiles.appending(path: "keyturn.prom")
      try "keyturn_build_info{version=\"0.1".write(to: path, atomically: false, encoding: .utf8)
      try await monitoring.sees("node_textfile_scrape_error == 1")
      try await monitoring.sees("ALERTS{alertname=\"KeyturnTextfileBroken\"}")
      try MetricsFile(path: path.path).write(PrometheusText(.monitored(), version: "0.1.0").text)
      try await monitoring.sees("node_textfile_scrape_error == 0")
      try await monitoring.sees("keyturn_build_info")
    }
  }
}
