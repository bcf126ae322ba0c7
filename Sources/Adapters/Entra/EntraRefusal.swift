import Foundation
import Keyturn
import NIOHTTP1

/// Refusals by Microsoft Entra.
extension TokenReading {
  /// What an answer other than 200 means.
  var entraRefusal: CallFailure {
    guard let answer, answer.error != nil || !answer.codes.isEmpty else { return foreignRefusal }
    let known = answer.codes.first { AADSTSTable.entry($0, for: credential) != nil }
    let code = known ?? answer.codes.first
    let name = code.map { "AADSTS\($0): " } ?? ""
    guard let entry = known.flatMap({ AADSTSTable.entry($0, for: credential) }) else {
      return CallFailure(
        verdict(unexplained: answer), "\(name)\(words(of: answer))\(ids(of: answer))",
        remedy: code.map { "see \(Self.lookUp)\($0)" } ?? Self.inBetween)
    }
    return CallFailure(
      waiting(for: entry.verdict), "\(name)\(fill(entry.explanation))\(ids(of: answer))",
      remedy: fill(entry.remedy))
  }

  /// Microsoft's page that explains one code.
  static let lookUp = "https://login.microsoftonline.com/error?code="

  /// The verdict on a code without an explanation: of the value's only where Entra says so itself.
  private func verdict(unexplained answer: TokenAnswer) -> CallFailure.Verdict {
    if response.isTransient || answer.error == "temporarily_unavailable" {
      return .transient(retryAfter: retryAfter)
    }
    return answer.error == "invalid_client" ? .refused : .blocked
  }

  /// A code's verdict, put off where the answer asks to wait.
  private func waiting(for verdict: CallFailure.Verdict) -> CallFailure.Verdict {
    switch verdict {
    case .transient(let least):
      let waits = [least, retryAfter].compactMap { $0 }
      return .transient(retryAfter: waits.max())
    case .wrongOrNotReplicated, .expired, .refused, .blocked, .unreachable:
      return response.isTransient ? .transient(retryAfter: retryAfter) : verdict
    }
  }

  private func words(of answer: TokenAnswer) -> String {
    let error = quote(answer.error ?? "an error without a name", upTo: 60)
    return answer.ownWords.map { "\(error): \(quote($0, upTo: 300))" } ?? error
  }

  /// What Microsoft's support asks for.
  private func ids(of answer: TokenAnswer) -> String {
    let trace = answer.traceID ?? response.headers.first(name: "x-ms-request-id")
    let parts = [
      trace.map { "trace \(quote($0, upTo: 64))" },
      answer.correlationID.map { "correlation \(quote($0, upTo: 64))" },
      answer.timestamp.map { quote($0, upTo: 32) },
    ].compactMap { $0 }
    return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
  }

  /// Puts the connection's own values into a text of the table.
  private func fill(_ text: String) -> String {
    guard case .entra(let directory, _) = connection.server.kind else { return text }
    let page = connection.server.secretsPage(clientID: connection.clientID)
    let values = [
      "{client}": connection.clientID, "{tenant}": directory, "{scope}": connection.scope,
      "{secrets}": page?.absoluteString ?? "Certificates & secrets in the portal",
    ]
    return values.reduce(text) {
      $0.replacingOccurrences(of: $1.key, with: $1.value.shown(upTo: 200))
    }
  }

  /// An answer in which nothing is Entra's.
  private var foreignRefusal: CallFailure {
    let message = "\(host) answered \(response.status) with \(response.bodyKind)"
    if response.isTransient {
      return CallFailure(
        .transient(retryAfter: retryAfter), message,
        remedy: "run the command again later; Microsoft's state: https://status.cloud.microsoft")
    }
    if response.status == 404 {
      return CallFailure(
        .blocked, "\(message): there is no token endpoint at this address",
        remedy: "check cloud: and the tenant's id in the configuration")
    }
    return CallFailure(
      .transient(retryAfter: nil), "\(message), which is not an answer of Microsoft Entra",
      remedy: Self.inBetween)
  }
}
