import Foundation
import Testing

/// A cron night on a machine with all of it wired: mail, Alertmanager, node_exporter, heartbeat, report.
///
/// Every receiver is somebody else's program, but for the heartbeat's.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct WiredNightTests {
  private static let name = Stage.name

  @Test(
    .needs(
      .program("msmtp"), .pythonPackage("aiosmtpd"), .program("prometheus-alertmanager"),
      .program("amtool"), .program("prometheus-node-exporter")))
  func `a night tells everybody once, and takes it back when the secret is replaced`() async throws
  {
    try await Programs.withFolder { folder in
      try await Receivers.run(in: folder) { receivers in
        try await RunningSandbox.run { sandbox in
          let installed = try await sandbox.install()
          try receivers.wire(installed)
          try await sandbox.adopt(installed)

          // The first night: a warning, told by every way there is.
          try await receivers.night(installed).ended(1).printing("expires in 22 days")
          try await receivers.expect(
            mails: ["WARNING: magentrix-d365 expires in 22 days"],
            alerts: ["KeyturnSecretExpiring warning"], beats: ["/start", ""])
          let metrics = try await receivers.scrape()
          #expect(metrics.contains("keyturn_connection_state{connection=\"magentrix-d365\","))
          #expect(metrics.contains("keyturn_secret_expiry_timestamp_seconds{"))
          #expect(metrics.contains("node_textfile_scrape_error 0"))
          #expect(metrics.contains("keyturn_notification_failures{route=\"admins\"} 0"))

          // The second: nothing new, so no mail; the alert is kept up.
          try await receivers.night(installed).ended(1)
          try await receivers.expect(
            mails: ["WARNING: magentrix-d365 expires in 22 days"],
            alerts: ["KeyturnSecretExpiring warning"], beats: ["/start", "", "/start", ""])

          // Somebody replaces the secret and hands it over: resolved, everywhere.
          let new = try await sandbox.makeSecret()
          try await installed.run(
            "rotate", Self.name, "--key-id", new.keyID, "--secret-stdin", input: new.value + "\n"
          ).ended(0)
          try await installed.run("confirm", Self.name).ended(0)
          try await receivers.night(installed).ended(0)
          try await receivers.expect(
            mails: [
              "WARNING: magentrix-d365 expires in 22 days",
              "RESOLVED: magentrix-d365 uses a secret that expires on",
            ], alerts: [], beats: ["/start", "", "/start", "", "/start", ""])

          let report = folder.appending(path: "report.html")
          try await installed.run("report", "--format", "html", "--output", report.path).ended(0)
          let page = try String(contentsOf: report, encoding: .utf8)
          #expect(page.contains("magentrix-d365"))
          let sent = try await installed.run("notify", "list").ended(0)
          sent.printing("delivered").printing("RESOLVED")
          for value in [try sandbox.secret(), new.value] {
            #expect(!page.contains(value) && !metrics.contains(value))
            sent.neverShowing(value)
            #expect(try !receivers.everything().contains(value))
          }
        }
      }
    }
  }
}

/// The receivers of one machine.
private struct Receivers {
  let folder: URL
  let mailPort: String
  let alertmanager: String
  let exporter: String
  let heartbeat: String

  private var mails: URL { folder.appending(path: "mails") }
  private var beats: URL { folder.appending(path: "beats") }
  private var metrics: URL { folder.appending(path: "metrics") }

  static func run(in folder: URL, _ body: (Receivers) async throws -> Void) async throws {
    for name in ["mails", "metrics", "bin"] {
      try FileManager.default.createDirectory(
        at: folder.appending(path: name), withIntermediateDirectories: true)
    }
    let alerts = folder.appending(path: "alertmanager.yml")
    try "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n"
      .write(to: alerts, atomically: false, encoding: .utf8)
    let mail = Receiver.script(
      "smtp-receiver.py", folder.appending(path: "mails").path, "accept")
    try await Receiver.run(mail, announcing: /port=(\d+)/) { mailPort in
      // They announce their ports on standard error.
      let alertmanager = shell(
        "prometheus-alertmanager", "--config.file=\(alerts.path)",
        "--storage.path=\(folder.path)/data", "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=")
      try await Receiver.run(
        alertmanager, announcing: /Listening on".* address=127\.0\.0\.1:(\d+)/
      ) { alertPort in
        let exporter = shell(
          "prometheus-node-exporter", "--web.listen-address=127.0.0.1:0",
          "--collector.disable-defaults", "--collector.textfile",
          "--collector.textfile.directory=\(folder.path)/metrics")
        try await Receiver.run(exporter, announcing: /Listening on".* address=127\.0\.0\.1:(\d+)/) {
          exporterPort in
          let beats = Receiver.script(
            "heartbeat-receiver.py", folder.appending(path: "beats").path)
          try await Receiver.run(beats, announcing: /port=(\d+)/) { beatPort in
            try await body(
              Receivers(
                folder: folder, mailPort: mailPort,
                alertmanager: "http://127.0.0.1:\(alertPort)",
                exporter: "127.0.0.1:\(exporterPort)",
                heartbeat: "http://127.0.0.1:\(beatPort)/ping/1f6b"))
          }
        }
      }
    }
  }

  private static func shell(_ words: String...) -> [String] {
    ["sh", "-c", "exec \"$@\" 2>&1", "sh"] + words
  }

  /// Adds what tells to an installation's configuration.
  func wire(_ installed: Installed) throws {
    let address = folder.appending(path: "heartbeat.url").path
    try write(heartbeat, to: address)
    try write(
      "account default\nhost 127.0.0.1\nport \(mailPort)\ntls off\nauth off\n",
      to: folder.appending(path: ".msmtprc").path)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/bin/sendmail", withDestinationPath: "/usr/bin/msmtp")
    var text = try String(contentsOfFile: installed.configuration, encoding: .utf8)
    text += """

      notify:
        routes:
          admins: { email: { to: [crm-admins@example.com], from: keyturn@example.net } }
          pager: { alertmanager: { url: "\(alertmanager)" } }
      metrics: { textfile: \(metrics.path)/keyturn.prom }
      heartbeat: { url_file: \(address) }

      """
    try text.write(toFile: installed.configuration, atomically: false, encoding: .utf8)
  }

  private func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  /// One night with the environment that cron gives.
  func night(_ installed: Installed) async throws -> Telling {
    try await Programs.run(
      [
        "env", "-i", "HOME=\(folder.path)", "LOGNAME=root", "SHELL=/bin/sh", "KEYTURN_CALLER=cron",
        "PATH=\(folder.path)/bin:/usr/bin:/bin", Programs.keyturn, "check", "--config",
        installed.configuration,
      ])
  }

  /// What arrived since the beginning.
  func expect(mails: [String], alerts: [String], beats: [String]) async throws {
    let subjects = try await subjects()
    #expect(subjects.count == mails.count, "\(subjects)")
    for (subject, beginning) in zip(subjects, mails) {
      #expect(subject.hasPrefix(beginning), "\(subject)")
    }
    #expect(try await alertNames() == alerts)
    let heard = try String(contentsOf: self.beats, encoding: .utf8)
      .split(separator: "\n").map { String($0.split(separator: "?")[0]) }
    #expect(heard == beats.map { "/ping/1f6b\($0)" })
  }

  private func subjects() async throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: mails.path)
      .filter { $0.hasSuffix(".eml") }.sorted()
    let texts = try names.map {
      try String(contentsOf: mails.appending(path: $0), encoding: .utf8)
    }
    let input = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
    let read = try await Programs.run(
      ["python3", Programs.script("read-mail.py")], input: input
    ).ended(0)
    let value = try JSONSerialization.jsonObject(with: Data(read.printed.utf8))
    return (value as? [[String: Any]] ?? []).compactMap { $0["subject"] as? String }
  }

  private func alertNames() async throws -> [String] {
    let telling = try await Programs.run(
      ["amtool", "--alertmanager.url=\(alertmanager)", "alert", "query", "--output=json"]
    ).ended(0)
    let alerts = try JSONSerialization.jsonObject(with: Data(telling.printed.utf8))
    return (alerts as? [[String: Any]] ?? []).compactMap { $0["labels"] as? [String: String] }
      .map { "\($0["alertname"] ?? "") \($0["severity"] ?? "")" }.sorted()
  }

  /// What node_exporter shows.
  func scrape() async throws -> String {
    try await Programs.run(
      ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "http://\(exporter)/metrics"]
    ).ended(0).printed
  }

  /// The mails, the heartbeats and the metrics, to look for what must not be in them.
  func everything() throws -> String {
    let files =
      try FileManager.default.contentsOfDirectory(atPath: mails.path)
      .map { mails.appending(path: $0) } + [beats, metrics.appending(path: "keyturn.prom")]
    return try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
      .joined(separator: "\n")
  }
}
