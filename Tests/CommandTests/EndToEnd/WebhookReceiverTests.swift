import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Signed webhooks, verified by the reference library of Standard Webhooks.
@Suite(.timeLimit(.minutes(15))) struct WebhookReceiverTests {
  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  /// Sends messages to a receiver that knows `secret`, signed with ours.
  private func send(_ messages: [Message], receiverKnows secret: String) async throws -> [String] {
    try await Programs.withFolder { folder in
      let files = ["ours", "theirs"].map { folder.appending(path: $0).path }
      for (path, text) in zip(files, [Self.secret, secret]) {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      }
      var answers: [String] = []
      let words = Receiver.script("webhook-receiver.py", files[1])
      try await Receiver.run(words, announcing: /port=(\d+)/) { port in
        let url = try #require(URL(string: "http://127.0.0.1:\(port)/"))
        let channel = WebhookChannel(address: .url(url), format: .json, secretFile: files[0])
        try await withLiveTransport { transport in
          for message in messages {
            do {
              answers.append(
                try await Deliveries.live(transport)
                  .deliver(message, by: Route(name: "hook", channel: .webhook(channel))))
            } catch let failure as DeliveryFailure {
              answers.append(failure.message)
            }
          }
        }
      }
      return answers
    }
  }

  @Test(.needs(.pythonPackage("standardwebhooks")))
  func `the signature is right, and a message that comes twice is known`() async throws {
    let message = Message.ofANight("läuft ab 🔐")
    let answers = try await send(
      [message, .ofANight("\u{1b}<script>\r\n"), message], receiverKnows: Self.secret)
    try #require(answers.count == 3)
    #expect(answers[0] == "127.0.0.1 answered 200 (\(message.subject))")
    #expect(answers[1].hasPrefix("127.0.0.1 answered 200 ("))
    #expect(answers[2] == "127.0.0.1 answered 409 (seen before)")
  }

  @Test(.needs(.pythonPackage("standardwebhooks")))
  func `a receiver with another secret refuses it`() async throws {
    let answers = try await send(
      [.ofANight()], receiverKnows: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    #expect(answers == ["127.0.0.1 answered 401 (No matching signature found)"])
  }
}
