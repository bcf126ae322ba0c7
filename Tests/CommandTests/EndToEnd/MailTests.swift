import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Mail through Debian's msmtp to an SMTP server, read by Python's email package: none of it is
/// ours.
@Suite(.timeLimit(.minutes(15))) struct MailTests {
  private static let channel = EmailChannel(
    to: [.address("ops@example.com"), .owner], from: "keyturn@example.net")
  private static let route = Route(name: "admins", channel: .email(channel))

  /// A folder in which `sendmail` is msmtp, which hands its mail to this port.
  private func installMSMTP(in folder: URL, port: String) throws -> [String: String] {
    let programs = folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
    try? FileManager.default.removeItem(at: programs.appending(path: "sendmail"))
    try FileManager.default.createSymbolicLink(
      atPath: programs.appending(path: "sendmail").path, withDestinationPath: "/usr/bin/msmtp")
    let settings = folder.appending(path: ".msmtprc")
    try "account default\nhost 127.0.0.1\nport \(port)\ntls off\nauth off\n"
      .write(to: settings, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: settings.path)
    return ["PATH": "\(programs.path):/usr/bin:/bin", "HOME": folder.path]
  }

  /// Sends messages while a receiver runs, and returns the mails that it has kept.
  private func send(
    _ messages: [Message], mode: String = "accept"
  ) async throws -> (mails: [String], envelopes: [[String: Any]], failures: [DeliveryFailure]) {
    try await Programs.withFolder { folder in
      var failures: [DeliveryFailure] = []
      let words = Receiver.script("smtp-receiver.py", folder.path, mode)
      try await Receiver.run(words, announcing: /port=(\d+)/) { port in
        let environment = try installMSMTP(in: folder, port: port)
        try await withLiveTransport { transport in
          for message in messages {
            do {
              _ = try await Deliveries.live(transport, environment: environment)
                .deliver(message, by: Self.route)
            } catch let failure as DeliveryFailure {
              failures.append(failure)
            }
          }
        }
      }
      let numbers = (1...max(1, messages.count)).map { folder.appending(path: "\($0)").path }
      let kept = numbers.filter { FileManager.default.fileExists(atPath: "\($0).eml") }
      return (
        try kept.map { try String(contentsOfFile: "\($0).eml", encoding: .utf8) },
        try kept.map {
          let data = try Data(contentsOf: URL(filePath: "\($0).json"))
          return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        }, failures
      )
    }
  }

  /// Mails as Python's email package understands them.
  private func read(_ mails: [String]) async throws -> [[String: Any]] {
    let input = String(decoding: try JSONEncoder().encode(mails), as: UTF8.self)
    let telling = try await Programs.run(
      ["python3", Programs.script("read-mail.py")], input: input
    ).ended(0)
    let value = try JSONSerialization.jsonObject(with: Data(telling.printed.utf8))
    return try #require(value as? [[String: Any]])
  }

  @Test(.needs(.program("msmtp"), .pythonPackage("aiosmtpd")))
  func `a mail goes all the way, and another program reads it`() async throws {
    let message = Message.ofANight("“läuft ab” 🔐 am 28.")
    let (mails, envelopes, failures) = try await send([message])
    #expect(failures == [])
    #expect(envelopes.map { $0["from"] as? String } == ["keyturn@example.net"])
    #expect(envelopes.map { $0["to"] as? [String] } == [["ops@example.com", "crm@example.org"]])
    let mail = try #require(try await read(mails).first)
    #expect(mail["defects"] as? [String] == [])
    #expect(mail["subject"] as? String == message.subject)
    #expect(mail["from"] as? [String] == ["keyturn@example.net"])
    #expect(mail["to"] as? [String] == ["ops@example.com", "crm@example.org"])
    #expect(mail["type"] as? String == "multipart/alternative")
    let parts = try #require(mail["parts"] as? [[String: String]])
    #expect(parts.map { $0["type"] } == ["text/plain", "text/html"])
    #expect(parts[0]["text"] == MessageText(message).text)
    #expect(parts[1]["text"] == MessageHTML(message).html)
    #expect(mails[0].contains("Message-ID: <\(message.id)@example.net>"))
  }

  @Test(.needs(.program("msmtp"), .pythonPackage("aiosmtpd")))
  func `a lone dot, and a mail that is sent twice`() async throws {
    let message = Message.ofANight(".")
    let (mails, _, failures) = try await send([message, message])
    #expect(failures == [])
    let read = try await read(mails)
    #expect(read.count == 2)
    let ids = mails.map { $0.firstMatch(of: /Message-ID: (\S+)/)?.output.1 }
    #expect(ids[0] == ids[1])
    let parts = try #require(read[0]["parts"] as? [[String: String]])
    #expect(parts[0]["text"] == MessageText(message).text)
  }

  @Test(
    .needs(.program("msmtp"), .pythonPackage("aiosmtpd")),
    arguments: [
      ("reject", DeliveryFailure.Outcome.refused), ("defer", .refused), ("drop", .uncertain),
    ])
  func `a server that does not take it`(
    mode: String, outcome: DeliveryFailure.Outcome
  ) async throws {
    let (mails, _, failures) = try await send([.ofANight()], mode: mode)
    #expect(mails == [])
    #expect(failures.map(\.outcome) == [outcome], "\(failures)")
  }

  @Test(.needs(.program("msmtp")))
  func `where no server listens, msmtp says 75, and nothing was taken`() async throws {
    try await Programs.withFolder { folder in
      // A port below 1024 on which nothing listens here; msmtp needs no right to call it.
      let environment = try installMSMTP(in: folder, port: "1")
      try await withLiveTransport { transport in
        let failure = await #expect(throws: DeliveryFailure.self) {
          try await Deliveries.live(transport, environment: environment)
            .deliver(.ofANight(), by: Self.route)
        }
        #expect(failure?.outcome == .refused)
        #expect(failure?.message.contains("exit status 75 (EX_TEMPFAIL)") == true)
      }
    }
  }

  @Test(.needs(.program("python3")), arguments: ["\n", "\r\n"])
  func `whatever the texts are, Python reads the mail that was meant`(
    newline: String
  ) async throws {
    let texts = [
      "<script>alert(1)</script>", "two\r\nBcc: eve@example.com\r\n\r\nbody", "\u{1b}[31mred\u{7}",
      "=cmd|' /C calc'!A0", "\u{202e}desrever", String(repeating: "x", count: 10_000),
      String(repeating: "日本語🔐 ", count: 2_500), ".", "From here", "=?UTF-8?B?eA==?=", " ", "a=20b",
      "e" + String(repeating: "\u{301}", count: 5_000), "\t tabs \t", "a\n.\nb", "",
    ]
    let messages = texts.map { Message.ofANight($0, connection: $0) }
    let read = try await read(
      try messages.map { try Mail($0, by: Self.channel).text(newline: newline) })
    #expect(read.count == texts.count)
    for (mail, message) in zip(read, messages) {
      #expect(mail["defects"] as? [String] == [])
      #expect(
        (mail["subject"] as? String)?.trimmingCharacters(in: .whitespaces)
          == message.subject.trimmingCharacters(in: .whitespaces))
      let parts = try #require(mail["parts"] as? [[String: String]])
      #expect(
        parts.map { $0["text"] }
          == [MessageText(message).text, MessageHTML(message).html])
      let names = (mail["headers"] as? [[String]] ?? []).map { $0[0] }
      #expect(!names.contains("Bcc") && Set(names).count == names.count)
      #expect(mail["to"] as? [String] == ["ops@example.com", "crm@example.org"])
    }
  }
}
