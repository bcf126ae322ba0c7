import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

@Suite struct WebhookFormatTests {
  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// Every text in a JSON value that stands under this name.
  private func texts(_ value: Any, named name: String) -> [String] {
    if let list = value as? [Any] { return list.flatMap { texts($0, named: name) } }
    guard let members = value as? [String: Any] else { return [] }
    return members.flatMap { key, value in
      key == name ? [value as? String].compactMap { $0 } : texts(value, named: name)
    } + (members[name].map { texts($0, named: name) } ?? [])
  }

  @Test func `the document, to the byte`() {
    let text = String(decoding: WebhookDocument(.sample()).data, as: UTF8.self)
    #expect(
      text
        == #"{"at":"2026-11-22T02:10:00Z","host":"crm01","id":"0193a0d2-7c00-7abc-8def-0123456789ab","#
        + #""line_count":1,"lines":[{"application":"46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b","#
        + #""code":"expiring","connection":"magentrix-d365","due":"2026-11-28T14:10:00Z","#
        + #""key_id":"f0b0b335-1d71-4883-8f98-567911bfdca6","kind":"news","#
        + #""owner":"crm@contoso.com","remedy":"run keyturn rotate magentrix-d365 and hand the new "#
        + #"value over","severity":"critical","since":"2026-11-21T02:10:00Z","tenant":"contoso","#
        + #""text":"the secret in use expires in 6 days, on 2026-11-28"}],"#
        + #""next":{"at":"2026-11-25T02:10:00Z","connection":"payroll","#
        + #""what":"the overlap of the rotation ends"},"route":"admins","severity":"critical","#
        + #""subject":"CRITICAL: magentrix-d365 the secret in use expires in 6 days, on 2026-11-28","#
        + #""version":1}"#)
  }

  @Test func `what is absent is null, and every line is there`() throws {
    var line = Message.Line.sample(nil)
    (line.tenant, line.owner, line.application, line.keyID, line.due) = (nil, nil, nil, nil, nil)
    let message = Message(
      id: "1", route: "r", at: TestWorld.night, host: "h",
      lines: Array(repeating: line, count: 1_200))
    let document = try object(WebhookDocument(message).data)
    let lines = try #require(document["lines"] as? [[String: Any]])
    #expect(lines.count == 1_000)
    #expect(document["line_count"] as? Int == 1_200)
    #expect(document["next"] is NSNull)
    for name in ["connection", "tenant", "owner", "application", "key_id", "due"] {
      #expect(lines[0][name] is NSNull)
    }
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `the document holds the texts as they are, up to a length`(number: Int) throws {
    let text = Message.hostileTexts[number]
    let document = try object(WebhookDocument(.hostile(text)).data)
    let lines = try #require(document["lines"] as? [[String: Any]])
    let read = try #require(lines[0]["text"] as? String)
    #expect(read == text || (read.hasSuffix("…") && read.unicodeScalars.count == 2_001))
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `Slack calls nobody, and takes it all`(number: Int) throws {
    let text = Message.hostileTexts[number]
    let message = try object(SlackMessage(.hostile(text)).data)
    let blocks = try #require(message["blocks"] as? [[String: Any]])
    #expect(blocks.count == 12)
    for section in texts(blocks.filter { $0["type"] as? String != "header" }, named: "text") {
      #expect(!section.contains("<") && !section.contains(">"))
      #expect(section.replacing(/&(amp|lt|gt);/, with: "").contains("&") == false)
      #expect(section.utf16.count <= 3_000)
    }
    let header = try #require(blocks[0]["text"] as? [String: Any])
    #expect(header["type"] as? String == "plain_text")
    #expect(try #require(header["text"] as? String).utf16.count <= 150)
  }

  @Test func `Slack's words`() throws {
    let message = try object(SlackMessage(.sample()).data)
    #expect(
      texts(message["blocks"] ?? [], named: "text").contains(
        """
        *CRITICAL* magentrix-d365 (contoso)
        the secret in use expires in 6 days, on 2026-11-28
        To do: run keyturn rotate magentrix-d365 and hand the new value over
        By: 2026-11-28 (in 6 days)
        """))
  }

  @Test(arguments: Message.hostileTexts.indices)
  func `a card for Teams is small, and has no Markdown`(number: Int) throws {
    let text = Message.hostileTexts[number]
    let data = TeamsCard(.hostile(text)).data
    #expect(data.count < 28_000)
    let message = try object(data)
    #expect(message["type"] as? String == "message")
    let attachments = try #require(message["attachments"] as? [[String: Any]])
    #expect(
      attachments[0]["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
    let card = try #require(attachments[0]["content"] as? [String: Any])
    #expect(card["version"] as? String == "1.4")
    let body = try #require(card["body"] as? [[String: Any]])
    #expect(body.allSatisfy { $0["type"] as? String == "RichTextBlock" })
    let runs = body.flatMap { $0["inlines"] as? [[String: Any]] ?? [] }
    #expect(runs.allSatisfy { $0["type"] as? String == "TextRun" })
    #expect(texts(body, named: "text").contains("and 2 more: keyturn status"))
  }
}
