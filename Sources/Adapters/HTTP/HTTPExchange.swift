import Foundation
import NIOHTTP1

/// One request, whole, as an adapter wants it sent.
///
/// It has no description of its own on purpose: headers and body hold secrets.
public struct HTTPExchangeRequest: Sendable {
  public var method: HTTPMethod
  public var url: URL
  public var headers: HTTPHeaders
  public var body: Data
  /// Seconds until this request must be answered, where that is less than for others.
  public var patience: TimeInterval?
  /// Whether the connection may serve the requests after this one, and those before it.
  public var keepsConnection = false

  /// A request without a body.
  public static func get(_ url: URL, headers: HTTPHeaders) -> HTTPExchangeRequest {
    HTTPExchangeRequest(method: .GET, url: url, headers: headers, body: Data())
  }

  /// A request that sends form fields, encoded once.
  public static func post(_ url: URL, form: FormBody, headers: HTTPHeaders)
    -> HTTPExchangeRequest
  {
    var headers = headers
    headers.replaceOrAdd(name: "Content-Type", value: FormBody.mediaType)
    return HTTPExchangeRequest(
      method: .POST, url: url, headers: headers, body: Data(form.encoded.utf8))
  }

  /// A request that sends a JSON text.
  public static func post(_ url: URL, json: Data, headers: HTTPHeaders) -> HTTPExchangeRequest {
    var headers = headers
    headers.replaceOrAdd(name: "Content-Type", value: "application/json")
    return HTTPExchangeRequest(method: .POST, url: url, headers: headers, body: json)
  }
}

extension HTTPExchangeRequest: CustomStringConvertible, CustomReflectable {
  public var description: String { "\(method) \(url.host() ?? "?")" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// One answer, whole: its body has passed the limit.
public struct HTTPExchangeResponse: Sendable {
  public var status: Int
  public var headers: HTTPHeaders
  public var body: Data

  /// An answer as it was received.
  public init(status: Int, headers: HTTPHeaders, body: Data) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

extension HTTPExchangeResponse: CustomStringConvertible, CustomReflectable {
  public var description: String { "\(status), \(body.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
