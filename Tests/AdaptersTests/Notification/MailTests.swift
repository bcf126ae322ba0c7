import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

@Suite struct MailTests {
  private let channel = EmailChannel(
    to: [.address("ops@example.com"), .owner], from: "keyturn@example.com")

  private func header(_ mail: String) throws -> [String] {
    let end = try #require(mail.firstRange(of: "\n\n"))
    return mail[..<end.lowerBound].split(separator: "\n").map(String.init)
  }

  @Test func `its header`() throws {
    let message = Message.sample(recipients: ["a@example.com", "b@example.com", "a@example.com"])
    #expect(
      try header(try Mail(message, by: channel).text(newline: "\n")) == [
        "From: keyturn <keyturn@example.com>", "To: a@example.com,", " b@example.com",
        "Subject: =?UTF-8?B?Q1JJVElDQUw6IG1hZ2VudHJpeC1kMzY1IHRoZSBzZWNyZXQgaW4g?=",
        " =?UTF-8?B?dXNlIGV4cGlyZXMgaW4gNiBkYXlzLCBvbiAyMDI2LTExLTI4?=",
        "Date: Sun, 22 Nov 2026 02:10:00 +0000",
        "Message-ID: <0193a0d2-7c00-7abc-8def-0123456789ab@example.com>",
        "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
        "X-Keyturn-Message-Id: 0193a0d2-7c00-7abc-8def-0123456789ab",
        "X-Keyturn-Severity: critical", "Importance: high", "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        " boundary=\"=_keyturn_0193a0d2-7c00-7abc-8def-0123456789ab\"",
      ])
  }

  @Test(arguments: Message.hostileTexts.indices, ["\n", "\r\n"])
  func `no text adds a field, and every line is short`(number: Int, newline: String) throws {
    let text = Message.hostileTexts[number]
    let mail = try Mail(.hostile(text), by: channel).text(newline: newline)
    let lines = mail.components(separatedBy: newline)
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    #expect(lines.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
    #expect(!lines.contains { $0.hasPrefix(".") || $0.hasPrefix("From ") })
    let names = try header(mail.replacingOccurrences(of: "\r\n", with: "\n"))
      .filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
    #expect(
      names == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "X-Auto-Response-Suppress", "X-Keyturn-Message-Id", "X-Keyturn-Severity", "MIME-Version",
        "Content-Type",
      ])
  }

  @Test func `it is the same each time`() throws {
    let mails = try (0..<2).map { _ in try Mail(.sample(), by: channel).text(newline: "\n") }
    #expect(mails[0] == mails[1])
  }

  @Test(arguments: ["ops@example.com\r\nBcc: eve@example.com", "-oQ/tmp@example.com", "ops"])
  func `an address that is none is refused before anything is sent`(address: String) throws {
    for message in [Message.sample(recipients: ["a@example.com", address]), .sample()] {
      let from = message.recipients.isEmpty ? address : "keyturn@example.com"
      let failure = #expect(throws: DeliveryFailure.self) {
        try Mail(message, by: EmailChannel(to: [.address("a@example.com")], from: from))
      }
      #expect(failure?.outcome == .refused)
      #expect(failure?.message.contains("\n") == false)
    }
  }

  @Test func `without a receiver there is no mail`() throws {
    let failure = #expect(throws: DeliveryFailure.self) {
      try Mail(.sample(), by: EmailChannel(to: [.owner], from: "keyturn@example.com"))
    }
    #expect(failure?.message == "nobody is left to write to")
  }

  @Test(arguments: [
    ("plain", "plain"), ("a=b", "a=3Db"), ("end ", "end=20"), (".", "=2E"), ("..a", "=2E.a"),
    ("From x", "=46rom x"), ("Fromage", "Fromage"), ("a\nb", "a\nb"), ("é", "=C3=A9"),
    ("tab\tcr\r", "tab=09cr=0D"), ("", ""),
    (String(repeating: "x", count: 76), String(repeating: "x", count: 76)),
    (String(repeating: "x", count: 77), String(repeating: "x", count: 75) + "=\nxx"),
    (String(repeating: "x", count: 75) + ".b", String(repeating: "x", count: 75) + "=\n=2Eb"),
    (String(repeating: "x", count: 74) + "éa", String(repeating: "x", count: 74) + "=\n=C3=A9a"),
  ])
  func `quoted-printable`(text: String, encoded: String) {
    #expect(QuotedPrintable.encode(text, newline: "\n") == encoded)
  }

  @Test func `a subject is left alone where it may be`() {
    let text = { MailHeader.text("Subject", $0, newline: "\n") }
    #expect(text("OK: nothing to tell") == "Subject: OK: nothing to tell")
    #expect(text("=?x") == "Subject: =?UTF-8?B?PT94?=")
    #expect(text("a\r\nBcc: b") == "Subject: a\\u{d}\\u{a}Bcc: b")
    #expect(text(String(repeating: "é", count: 40)).split(separator: "\n").count == 3)
  }
}
