import Foundation
import Keyturn
import NIOHTTP1

/// One answer of Microsoft Graph, with what is needed to explain it.
struct GraphAnswer {
  let call: GraphCall
  let caller: DirectoryCaller
  let response: HTTPExchangeResponse
  /// The body; nil where it is no JSON.
  let body: GraphValue?
  /// The id that was sent with the call.
  let sentID: String
  let now: Date
  private let error: GraphErrorBody?
  private let withheld: [SecretValue]
  /// Whether a client secret stands somewhere in the body; then none of its words are repeated.
  private let holdsSecret: Bool

  init(
    _ response: HTTPExchangeResponse, to call: GraphCall, for caller: DirectoryCaller,
    sentID: String, token: AccessToken, now: Date
  ) {
    self.call = call
    self.caller = caller
    self.response = response
    self.sentID = sentID
    self.now = now
    body = GraphValue(response.body)
    error = GraphErrorBody(body)
    withheld = [token.value] + [caller.secret].compactMap { $0 }
    holdsSecret = body?.holdsSecret ?? false
  }

  /// One answer of a batch, to the same call.
  init(_ batch: GraphAnswer, part response: HTTPExchangeResponse, _ body: GraphValue?) {
    call = batch.call
    caller = batch.caller
    self.response = response
    sentID = batch.sentID
    now = batch.now
    self.body = body
    error = GraphErrorBody(body)
    withheld = batch.withheld
    holdsSecret = batch.holdsSecret
  }

  var status: Int { response.status }
  var isSuccess: Bool { (200...299).contains(status) }

  /// A success whose body is not what it should be: of a write nobody knows what was done.
  func unreadable(_ what: String) -> DirectoryFailure {
    failure(
      .busy, "the answer \(status) holds \(response.bodyKind) in place of \(what)",
      words: "", remedy: call.isWrite ? Self.lookAgain : Self.inBetween)
  }

  /// What an answer that is no success means.
  var failure: DirectoryFailure {
    let isOthers = error == nil && response.headers.first(name: "request-id") == nil
    let entry = GraphRefusalTable.entry(
      status: status, codes: error?.codes ?? [], message: error?.message ?? "")
    // Statuses that anything on the way may send; the others are only Graph's with Graph's marks.
    let isClear = [401, 408, 409, 429].contains(status) || status >= 500
    guard let entry, isClear || !isOthers else {
      let isWrongPlace = status == 404 && !call.isWrite
      return failure(
        isWrongPlace ? .verdict(.refused) : .busy,
        "\(host) answered \(status) with \(response.bodyKind), which is not an answer of Microsoft"
          + " Graph", words: "", remedy: Self.inBetween)
    }
    return failure(entry.meaning, entry.explanation, words: words, remedy: fill(entry.remedy))
  }

  /// A refusal to give what not every tenant has.
  func failure(without what: String) -> DirectoryFailure {
    failure(
      .verdict(.forbidden), "the tenant gives no \(what)", words: words, remedy: fill("{rights}"))
  }

  private func failure(
    _ meaning: GraphRefusalTable.Meaning, _ explanation: String, words: String, remedy: String
  ) -> DirectoryFailure {
    let retryAfter = RetryAfter.seconds(in: response.headers, now: now)
    let verdict: DirectoryFailure.Verdict =
      switch meaning {
      case .verdict(let verdict): verdict
      case .throttled: .later(retryAfter: retryAfter)
      case .busy where call.isWrite: .maybeDone(retryAfter: retryAfter)
      case .busy: .later(retryAfter: retryAfter)
      }
    let details = ([words] + ids).filter { !$0.isEmpty }.joined(separator: "; ")
    return DirectoryFailure(
      verdict, "\(call.purpose): \(explanation) (\(details))", remedy: remedy)
  }

  /// The status, Microsoft's code and words: `403 Authorization_RequestDenied: Insufficient …`.
  private var words: String {
    let code = error?.codes.first.map { " \(quote($0, upTo: 80))" } ?? ""
    var text = error?.message.map { quote($0, upTo: 300) } ?? ""
    if text.hasSuffix(".") { text.removeLast() }
    return "\(status)\(code)" + (text.isEmpty ? "" : ": \(text)")
  }

  /// What Microsoft's support asks for.
  private var ids: [String] {
    let request = response.headers.first(name: "request-id") ?? error?.requestID
    let sent =
      response.headers.first(name: "client-request-id") ?? error?.clientRequestID ?? sentID
    // The time in the error has no zone, and is UTC.
    let time = error?.date.flatMap { Timestamp.parse($0.hasSuffix("Z") ? $0 : $0 + "Z") } ?? now
    return [
      request.map { "request \(quote($0, upTo: 64))" }, "client request \(quote(sent, upTo: 64))",
      Timestamp.format(time),
    ].compactMap { $0 }
  }

  private func fill(_ text: String) -> String {
    let connection = caller.connection
    let page = connection.server.secretsPage(clientID: connection.clientID)
    let values = [
      "{client}": connection.clientID.shown(upTo: 64),
      "{secrets}": page?.absoluteString.shown() ?? "Certificates & secrets in the portal",
      "{rights}": rights,
      "{otherwise}": call.otherwise ?? "the grace period decides alone",
      "{again}": call.isWrite
        ? Self.lookAgain : "run the command again later; nothing was changed",
    ]
    return values.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
  }

  private var rights: String {
    let rights = GraphRights(caller: caller)
    return call.permission.map { rights.reading($0) } ?? rights.changes
  }

  /// Text of the answer, safe to show.
  private func quote(_ text: String, upTo limit: Int) -> String {
    holdsSecret ? "•••" : text.quoted(upTo: limit, withholding: withheld)
  }

  private var host: String {
    guard case .entra(_, let cloud) = caller.connection.server.kind else { return "the server" }
    return (cloud.graph.host() ?? "the server").shown(upTo: 100)
  }

  static let lookAgain =
    "run the command again: it looks whether this was done, and goes on from there"
  private static let inBetween =
    "check cloud: in the configuration, and whether a proxy or a sign-in page of the network answers"
    + " in place of Microsoft Graph"
}

extension GraphValue {
  /// Whether there is a client secret in it, wherever it stands.
  fileprivate var holdsSecret: Bool {
    switch self {
    case .object(let members):
      members.contains { name, value in
        (name == "secretText" && value.text != nil) || value.holdsSecret
      }
    case .list(let values): values.contains { $0.holdsSecret }
    case .null, .bool, .number, .text: false
    }
  }
}
