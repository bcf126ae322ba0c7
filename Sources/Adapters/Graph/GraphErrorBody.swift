import Foundation

/// The error in an answer of Graph's, from whichever service behind it.
///
/// Source: Microsoft Graph, "Microsoft Graph error responses and resource types". On the wire there
/// are also `innererror`, errors in errors, `message` as an object, and `details` that is no list.
struct GraphErrorBody {
  /// Every code, the outer one first.
  private(set) var codes: [String] = []
  /// Microsoft's words.
  private(set) var message: String?
  private(set) var requestID: String?
  private(set) var clientRequestID: String?
  /// When it happened, without a zone: `2025-02-13T10:17:06` is UTC.
  private(set) var date: String?

  /// How deep errors in errors are followed.
  private static let depth = 8

  /// The error; nil where the answer has none.
  init?(_ answer: GraphValue?) {
    guard let error = answer?["error"], case .object = error else { return nil }
    read(error, depth: 0)
  }

  private mutating func read(_ error: GraphValue, depth: Int) {
    guard depth < Self.depth else { return }
    if let code = error["code"]?.text, codes.count < Self.depth { codes.append(code) }
    message = message ?? error["message"]?.text ?? error["message"]?["value"]?.text
    requestID = requestID ?? error["request-id"]?.text
    clientRequestID = clientRequestID ?? error["client-request-id"]?.text
    date = date ?? error["date"]?.text
    for name in ["innerError", "innererror"] {
      if let inner = error[name] { read(inner, depth: depth + 1) }
    }
    guard let details = error["details"] else { return }
    for detail in details.list?.prefix(Self.depth) ?? [details] {
      if let code = detail["code"]?.text, codes.count < Self.depth { codes.append(code) }
    }
  }
}
