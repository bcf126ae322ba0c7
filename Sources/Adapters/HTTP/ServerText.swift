import Foundation
import Keyturn
import NIOHTTP1

extension String {
  /// A server's words, safe to show: bounded, inert, and without `secret` should it repeat that.
  func quoted(upTo limit: Int = 300, withholding secret: SecretValue) -> String {
    quoted(upTo: limit, withholding: [secret])
  }

  /// A server's words, safe to show: bounded, inert, and without any of `secrets`.
  func quoted(upTo limit: Int, withholding secrets: [SecretValue]) -> String {
    // Before it is cut: a part of a secret is still a part of a secret.
    secrets.map { $0.reveal() }.filter { !$0.isEmpty }
      .flatMap { [$0, FormBody.encode($0), FormBody.encode($0).lowercased()] }
      .reduce(self) { $0.replacingOccurrences(of: $1, with: "•••") }
      .shown(upTo: limit)
  }
}

extension HTTPExchangeResponse {
  /// What the body looks like, for messages that must not quote it.
  var bodyKind: String {
    let mediaType = headers.first(name: "Content-Type")?.lowercased() ?? ""
    switch body.first(where: { !" \t\r\n".utf8.contains($0) }) {
    case nil: return "an empty answer"
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      let isWhole = (try? JSONSerialization.jsonObject(with: body)) != nil
      return isWhole ? "JSON of another kind" : "JSON that breaks off or is malformed"
    case UInt8(ascii: "<"): return mediaType.contains("xml") ? "XML" : "a web page"
    default: return mediaType.hasPrefix("text/") ? "plain text" : "something that is not JSON"
    }
  }

  /// Whether the status says that the same request may succeed later.
  var isTransient: Bool {
    status == 408 || status == 429 || status >= 500
  }
}
