import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite struct AlertmanagerTests {
  private typealias Alert = Alertmanager.Alert

  @Test func `an alert of a line`() throws {
    let alert = try #require(Alert.all(of: .sample()).first)
    #expect(
      alert.labels == [
        "alertname": "KeyturnSecretExpiring", "code": "expiring", "severity": "critical",
        "connection": "magentrix-d365", "tenant": "contoso",
        "key_id": "f0b0b335-1d71-4883-8f98-567911bfdca6",
      ])
    #expect(
      alert.annotations == [
        "summary": "magentrix-d365: the secret in use expires in 6 days, on 2026-11-28",
        "description": "the secret in use expires in 6 days, on 2026-11-28",
        "remedy": "run keyturn rotate magentrix-d365 and hand the new value over",
      ])
    #expect(alert.startsAt == "2026-11-21T02:10:00Z")
    #expect(alert.endsAt == "2026-11-30T02:10:00Z")
  }

  @Test func `an alert ends where its severity has changed, and where it is over`() {
    let alerts = Alert.all(of: .sample())
    #expect(alerts.map { $0.labels["severity"] } == ["critical", "warning", "unknown"])
    #expect(alerts.dropFirst().allSatisfy { $0.endsAt == "2026-11-22T02:10:00Z" })
    let resolved = Alert.all(of: .sample([.sample(kind: .resolved)]))
    #expect(resolved.map(\.endsAt) == ["2026-11-22T02:10:00Z"])
    #expect(resolved[0].labels == alerts[0].labels)
  }

  @Test func `a trial ends by itself`() {
    let alerts = Alert.all(of: .sample([.sample(nil, kind: .test)]))
    #expect(alerts.map { $0.labels["alertname"] } == ["KeyturnTest"])
    #expect(alerts[0].labels["connection"] == nil)
    #expect(alerts[0].endsAt == "2026-11-22T02:20:00Z")
  }

  @Test func `no alert ends before it starts`() {
    var line = Message.Line.sample(kind: .resolved)
    line.since = TestWorld.night.addingTimeInterval(3_600)
    let alert = Alert.all(of: .sample([line]))[0]
    #expect(alert.startsAt == alert.endsAt)
  }

  @Test func `each code has a name of its own`() {
    let names = Finding.Code.allCases.map(\.alertName)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.wholeMatch(of: /Keyturn[A-Z][A-Za-z]+/) != nil })
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `labels are bounded and safe to show`(number: Int) {
    let text = Message.hostileTexts[number]
    for alert in Alert.all(of: .hostile(text)) {
      let values = Array(alert.labels.values) + Array(alert.annotations.values)
      #expect(values.allSatisfy { $0.unicodeScalars.count <= 1_001 && !$0.contains("\u{1b}") })
    }
  }

  @Test func `thousands of alerts go in several requests`() async throws {
    let sizes = Mutex<[Int]>([])
    let transport = HTTPTransport { request in
      let alerts = try? JSONSerialization.jsonObject(with: request.body) as? [Any]
      sizes.withLock { $0.append(alerts?.count ?? -1) }
      return HTTPExchangeResponse(status: 200, headers: [:], body: Data())
    }
    let lines = (1...1_500).map { Message.Line.sample("c\($0)") }
    let receipt = try await Alertmanager(
      transport: transport, context: TestWorld().context, url: .written("http://127.0.0.1:9093")
    ).send(.sample(lines))
    #expect(receipt == "127.0.0.1 answered 200, 1500 alerts")
    #expect(sizes.withLock { $0 } == [1_000, 1_000, 1_000, 1_000, 500])
  }

  @Test func `it is called below its address, and says what it took`() async throws {
    for prefix in ["http://127.0.0.1:9093", "http://127.0.0.1:9093/", "http://127.0.0.1:9093/am"] {
      let transport = HTTPTransport { request in
        let path = request.url.path()
        let isRight = path == "/api/v2/alerts" || path == "/am/api/v2/alerts"
        return HTTPExchangeResponse(status: isRight ? 200 : 404, headers: [:], body: Data())
      }
      let receipt = try await Alertmanager(
        transport: transport, context: TestWorld().context, url: .written(prefix)
      ).send(.sample())
      #expect(receipt == "127.0.0.1 answered 200, 1 alert")
    }
  }
}
