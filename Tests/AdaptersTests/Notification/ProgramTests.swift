import Foundation
import Keyturn
import NIOHTTP1
import TestSupport
import Testing

@testable import Adapters

/// Programs as scripts; the clock is the machine's, because a process is waited for.
@Suite(.timeLimit(.minutes(15))) struct ProgramTests {
  private static let channel = EmailChannel(
    to: [.address("ops@example.com"), .address("crm@example.com")], from: "keyturn@example.com")

  /// Patience ends as soon as a program has written its file `child`.
  private func impatient(_ folder: URL) -> Context {
    var context = Context.live
    context.sleep = { _ in
      while !FileManager.default.fileExists(atPath: folder.appending(path: "child").path) {
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    return context
  }

  /// Sends the sample over a script in place of `sendmail`.
  private func sendmail(
    _ script: String, in folder: URL, context: Context = .live
  ) async throws -> String {
    try folder.file("sendmail", "#!/bin/sh\n\(script)\n", mode: 0o700)
    let sendmail = Sendmail(
      context: context,
      environment: [
        "PATH": "\(folder.path):/usr/bin:/bin", "HOME": folder.path, "KEYTURN_SECRET": "hidden",
      ], places: [])
    return try await sendmail.send(try Mail(.sample(), by: Self.channel))
  }

  @Test func `sendmail gets the mail, its receivers, and few variables`() async throws {
    try await withNotificationFolder { folder in
      let receipt = try await sendmail(
        #"printf '%s\n' "$@" > "$HOME/words"; env > "$HOME/env"; pwd >> "$HOME/env"; cat > "$HOME/mail""#,
        in: folder)
      #expect(receipt == "taken by \(folder.path)/sendmail")
      #expect(
        try folder.text("words")
          == "-i\n-f\nkeyturn@example.com\n--\nops@example.com\ncrm@example.com\n")
      #expect(
        try folder.text("mail") == (try Mail(.sample(), by: Self.channel).text(newline: "\n")))
      let environment = try folder.text("env")
      #expect(!environment.contains("hidden") && environment.hasSuffix("\n/\n"))
    }
  }

  @Test(arguments: [
    (64, DeliveryFailure.Outcome.refused), (65, .refused), (67, .refused), (68, .refused),
    (69, .refused), (70, .uncertain), (71, .uncertain), (72, .refused), (73, .refused),
    (74, .uncertain), (75, .refused), (76, .uncertain), (77, .refused), (78, .refused),
    (1, .refused), (127, .refused),
  ])
  func `what sendmail's exit statuses mean`(
    status: Int, outcome: DeliveryFailure.Outcome
  ) async throws {
    try await withNotificationFolder { folder in
      let failure = try await deliveryFailure {
        try await sendmail("echo; echo 'mail: \u{1b}[31mno' >&2; exit \(status)", in: folder)
      }
      #expect(failure.outcome == outcome)
      #expect(failure.message.contains("exit status \(status)"))
      #expect(failure.message.hasSuffix("mail: \\u{1b}[31mno"))
      #expect(failure.remedy.count > 10)
    }
  }

  @Test func `no sendmail at all`() async throws {
    let environment = ["PATH": "/nowhere"]
    let failure = try await deliveryFailure {
      try await Sendmail(context: .live, environment: environment, places: [])
        .send(try Mail(.sample(), by: Self.channel))
    }
    #expect(failure.outcome == .refused)
    #expect(failure.message == "there is no sendmail command on this machine")
    #expect(failure.remedy.contains("apt install msmtp-mta"))
  }

  @Test func `a sendmail outside of the path is found`() async throws {
    try await withNotificationFolder { folder in
      let path = try folder.file("sendmail", "#!/bin/sh\necho queued\n", mode: 0o700)
      let sendmail = Sendmail(
        context: .live, environment: ["PATH": "/nowhere"], places: ["/nowhere/sendmail", path])
      #expect(try await sendmail.send(try Mail(.sample(), by: Self.channel)) == "queued")
    }
  }

  @Test func `a sendmail that hangs is stopped, and its children that do not listen`() async throws
  {
    try await withNotificationFolder { folder in
      let failure = try await deliveryFailure {
        try await sendmail(
          #"""
          (
            trap '' TERM
            sh -c 'echo $PPID > "$HOME/started"'
            mv "$HOME/started" "$HOME/child"
            sleep 300; sleep 300
          ) &
          sleep 300
          """#, in: folder, context: impatient(folder))
      }
      #expect(failure.outcome == .uncertain)
      #expect(failure.message.contains("did not end within 60 seconds, and was stopped"))
      let child = try #require(
        pid_t(try folder.text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
      var tries = 0
      while isRunning(child), tries < 100 {
        tries += 1
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(!isRunning(child))
    }
  }

  /// Whether a process is there, and not only as the memory of one.
  private func isRunning(_ process: pid_t) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return state?.contains(") Z ") != true
  }

  @Test func `a program that was killed may have done its work`() async throws {
    try await withNotificationFolder { folder in
      let failure = try await deliveryFailure { try await sendmail("kill -KILL $$", in: folder) }
      #expect(failure.outcome == .uncertain)
    }
  }

  @Test(arguments: [
    "exit 0", "yes | head -c 3000000; exit 0", "yes | head -c 3000000 >&2; exit 0",
    "exec < /dev/null; exit 0",
  ])
  func `a program that does its work oddly has done it`(script: String) async throws {
    try await withNotificationFolder { folder in
      await #expect(throws: Never.self) { _ = try await sendmail(script, in: folder) }
    }
  }

  @Test func `what goes on in the background holds the output, and nobody waits for it`()
    async throws
  {
    try await withNotificationFolder { folder in
      _ = try await sendmail("sleep 600 & echo $! > \"$HOME/child\"; exit 0", in: folder)
      let child = try #require(
        pid_t(try folder.text("child").trimmingCharacters(in: .whitespacesAndNewlines)))
      #expect(isRunning(child))
      kill(child, SIGKILL)
    }
  }

  // MARK: - A command of the administrator's own

  /// Sends the sample over a script.
  private func command(
    _ script: String, in folder: URL, context: Context = .live
  ) async throws -> String {
    let path = try folder.file("tell", "#!/bin/sh\n\(script)\n", mode: 0o700)
    return try await NotifyingCommand(
      words: [path, "a b"], context: context,
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8", "AZURE_SECRET": "hidden",
      ]
    ).send(.sample())
  }

  @Test func `a command gets the document, and says what it did`() async throws {
    try await withNotificationFolder { folder in
      let receipt = try await command(
        """
        cat > "$HOME/document"; env | sort > "$HOME/env"
        printf '\\n  ticket \\033[1m4711 for %s\\nmore\\n' "$1"
        """, in: folder)
      #expect(receipt == "ticket \\u{1b}[1m4711 for a b")
      #expect(
        try Data(contentsOf: folder.appending(path: "document"))
          == WebhookDocument(.sample()).data)
      let names = try folder.text("env").split(separator: "\n").map { $0.prefix { $0 != "=" } }
      #expect(
        Set(names).subtracting(["PWD", "OLDPWD", "SHLVL", "_"]) == [
          "HOME", "KEYTURN_MESSAGE_ID", "KEYTURN_ROUTE", "KEYTURN_SEVERITY", "LANG", "PATH",
        ])
      #expect(try folder.text("env").contains("KEYTURN_SEVERITY=critical"))
    }
  }

  @Test func `a route of each kind has its carrier`() async throws {
    try await withNotificationFolder { folder in
      let tell = try folder.file("tell", "#!/bin/sh\necho told\n", mode: 0o700)
      try folder.file("sendmail", "#!/bin/sh\necho mailed\n", mode: 0o700)
      let transport = HTTPTransport { request in
        HTTPExchangeResponse(status: 200, headers: [:], body: Data(request.url.path().utf8))
      }
      let deliveries = Deliveries(
        transport: transport, context: .live, environment: ["PATH": "\(folder.path):/bin"]
      ) { _, _ in AccessToken(SecretValue("none")) }
      let url = try URL.written("https://a.example/hook")
      let channels: [(Route.Channel, String)] = [
        (.email(Self.channel), "mailed"), (.command([tell]), "told"),
        (
          .webhook(WebhookChannel(address: .url(url), format: .json)),
          "a.example answered 200 (/hook)"
        ),
        (.alertmanager(url), "a.example answered 200 (/hook/api/v2/alerts), 1 alert"),
      ]
      for (channel, receipt) in channels {
        let route = Route(name: "r", channel: channel)
        #expect(try await deliveries.deliver(.sample(), by: route) == receipt)
      }
    }
  }

  @Test func `what a command's exit statuses mean`() async throws {
    try await withNotificationFolder { folder in
      #expect(try await command("exit 0", in: folder) == "exit status 0")
      let later = try await deliveryFailure { try await command("echo busy; exit 75", in: folder) }
      #expect(later.outcome == .refused)
      #expect(later.message.hasSuffix("can't take the message now (exit status 75): busy"))
      let failed = try await deliveryFailure {
        try await command("echo no >&2; exit 3", in: folder)
      }
      #expect(failed.outcome == .refused)
      #expect(failed.message.hasSuffix("failed with exit status 3: no"))
      let hung = try await deliveryFailure {
        try await command(
          #"touch "$HOME/child"; exec sleep 300"#, in: folder, context: impatient(folder))
      }
      #expect(hung.outcome == .uncertain)
    }
  }

  @Test(arguments: [
    [], ["/nowhere/tell"], ["no-such-program-anywhere"], ["/tmp"],
    ["bin/true"], ["../bin/true"], [""],
  ])
  func `a command that is not there`(words: [String]) async throws {
    let failure = try await deliveryFailure {
      try await NotifyingCommand(words: words, context: .live, environment: [:]).send(.sample())
    }
    #expect(failure.outcome == .refused)
    #expect(failure.message.contains("can't be found, or not be run"))
  }

  @Test func `a file that is no program`() async throws {
    try await withNotificationFolder { folder in
      let path = try folder.file("tell", "\u{7f}ELF nonsense", mode: 0o700)
      let failure = try await deliveryFailure {
        try await NotifyingCommand(words: [path], context: .live, environment: [:]).send(.sample())
      }
      #expect(failure.outcome == .refused)
    }
  }
}
