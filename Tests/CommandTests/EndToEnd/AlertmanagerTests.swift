import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Alerts in Debian's Alertmanager, as its own amtool shows them.
@Suite(.timeLimit(.minutes(15))) struct AlertmanagerTests {
  /// Runs an Alertmanager that tells nobody.
  private func run(_ body: (URL) async throws -> Void) async throws {
    try await Programs.withFolder { folder in
      let configuration = folder.appending(path: "alertmanager.yml")
      try "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n"
        .write(to: configuration, atomically: false, encoding: .utf8)
      // It announces its port on standard error.
      let words = [
        "sh", "-c", "exec prometheus-alertmanager \"$@\" 2>&1", "sh",
        "--config.file=\(configuration.path)", "--storage.path=\(folder.path)/data",
        "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=",
      ]
      try await Receiver.run(words, announcing: /Listening on".* address=127\.0\.0\.1:(\d+)/) {
        try await body(try #require(URL(string: "http://127.0.0.1:\($0)")))
      }
    }
  }

  private func send(_ message: Message, to url: URL) async throws -> String {
    try await withLiveTransport { transport in
      try await Deliveries.live(transport)
        .deliver(message, by: Route(name: "pager", channel: .alertmanager(url)))
    }
  }

  /// The alerts that amtool shows: name, connection and severity of each.
  private func shown(at url: URL) async throws -> [String] {
    let telling = try await Programs.run(
      ["amtool", "--alertmanager.url=\(url.absoluteString)", "alert", "query", "--output=json"]
    ).ended(0)
    let alerts = try JSONSerialization.jsonObject(with: Data(telling.printed.utf8))
    return (alerts as? [[String: Any]] ?? []).compactMap { $0["labels"] as? [String: String] }
      .map { labels in
        ["alertname", "connection", "severity"].map { labels[$0] ?? "-" }.joined(separator: " ")
      }.sorted()
  }

  @Test(.needs(.program("prometheus-alertmanager"), .program("amtool")))
  func `an alert is shown, changes its severity, and is over`() async throws {
    try await run { url in
      let now = Date()
      let first = try await send(
        .ofANight(severity: .warning, at: now.addingTimeInterval(-7_200)), to: url)
      #expect(first == "127.0.0.1 answered 200, 1 alert")
      #expect(try await shown(at: url) == ["KeyturnSecretExpiring magentrix-d365 warning"])

      _ = try await send(
        .ofANight(severity: .critical, at: now.addingTimeInterval(-3_600)), to: url)
      #expect(try await shown(at: url) == ["KeyturnSecretExpiring magentrix-d365 critical"])

      // The same message again, because nobody knew whether it had arrived.
      _ = try await send(
        .ofANight(severity: .critical, at: now.addingTimeInterval(-3_600)), to: url)
      #expect(try await shown(at: url) == ["KeyturnSecretExpiring magentrix-d365 critical"])

      _ = try await send(
        .ofANight(kind: .resolved, severity: .critical, at: now.addingTimeInterval(-5)), to: url)
      #expect(try await shown(at: url) == [])
    }
  }

  @Test(.needs(.program("prometheus-alertmanager"), .program("amtool")))
  func `texts of any kind are taken, and silence none of the others`() async throws {
    try await run { url in
      let texts = [
        "<script>", "a\"b'c\\", "two\r\nlines", "\u{1b}[31m", "\u{202e}x", "日本語🔐", "{{ .Labels }}",
        String(repeating: "x", count: 10_000),
      ]
      for text in texts { _ = try await send(.ofANight(text, connection: text), to: url) }
      #expect(try await shown(at: url).count == texts.count)
    }
  }

  @Test(.needs(.program("prometheus-alertmanager")))
  func `a night when Alertmanager is down is a refusal each time`() async throws {
    var address: URL?
    try await run { address = $0 }
    let url = try #require(address)
    for _ in 0..<3 {
      let failure = await #expect(throws: DeliveryFailure.self) {
        try await send(.ofANight(), to: url)
      }
      #expect(failure?.outcome == .refused)
      #expect(failure?.message.contains("refuses connections") == true)
    }
  }
}
