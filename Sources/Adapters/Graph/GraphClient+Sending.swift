import Foundation
import Keyturn
import NIOHTTP1

extension GraphClient {
  /// Sends a call once, or twice where the first token is refused.
  ///
  /// A call with a token that is refused has no effect, so that repeating it is safe for writes too.
  /// Throws: ``DirectoryFailure`` where there is no token, or no whole answer.
  func send(
    _ call: GraphCall, for caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> GraphAnswer {
    let answer = try await send(call, for: caller, isFresh: false)
    return answer.status == 401 ? try await send(call, for: caller, isFresh: true) : answer
  }

  private func send(
    _ call: GraphCall, for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> GraphAnswer {
    guard case .entra(_, let cloud) = caller.connection.server.kind else {
      throw .notMicrosoft(caller.connection.server)
    }
    guard let url = call.url(in: cloud) else { throw .elsewhere(call) }
    let token = try await tokens.token(for: caller, isFresh: isFresh)
    let id = context.uuid7()
    let headers: HTTPHeaders = [
      "Authorization": "Bearer \(token.value.reveal())", "Accept": "application/json",
      "client-request-id": id,
    ]
    var request: HTTPExchangeRequest =
      if let body = call.body {
        .post(url, json: body, headers: headers)
      } else {
        .get(url, headers: headers)
      }
    // Where many follow one another, and each may be repeated, handshakes would take most of the time.
    request.keepsConnection = call.isBatchOfReads
    do {
      let response = try await transport.send(request)
      return GraphAnswer(
        response, to: call, for: caller, sentID: id, token: token, now: context.now())
    } catch {
      throw DirectoryFailure(error, during: call, id: id, at: context.now())
    }
  }
}

extension DirectoryFailure {
  /// A link that would carry the token to somebody else.
  static func elsewhere(_ call: GraphCall) -> DirectoryFailure {
    DirectoryFailure(
      .refused, "\(call.purpose): the address of a further page leads to another host",
      remedy: "check graph: in the configuration's cloud:, and what answers in its place")
  }

  /// No whole answer came: of a write that may have left this machine nobody knows what it did.
  init(_ failure: TransportFailure, during call: GraphCall, id: String, at now: Date) {
    let isOpen = call.isWrite && failure.mayHaveBeenSent
    let verdict: Verdict =
      if isOpen {
        .maybeDone(retryAfter: nil)
      } else if case .transient(let retryAfter) = failure.callFailure.verdict {
        .later(retryAfter: retryAfter)
      } else {
        .refused
      }
    self.init(
      verdict,
      "\(call.purpose): \(failure.message) (client request \(id); \(Timestamp.format(now)))",
      remedy: isOpen ? GraphAnswer.lookAgain : failure.remedy)
  }
}
