public import Foundation

/// The answer to a ``TenantRequest``, and the way in which it is to reach the client.
public struct TenantResponse: Sendable, Equatable {
  /// The HTTP status.
  public var status: Int
  /// The header fields, without `Content-Length`.
  public var headers: HeaderFields
  /// The body; empty without one.
  public var body: Data
  /// What happens to the answer on its way.
  public var delivery: Delivery

  /// Creates an answer that is delivered as it is.
  public init(
    status: Int, headers: HeaderFields = [:], body: Data = Data(), delivery: Delivery = .normal
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.delivery = delivery
  }

  /// Creates an answer with a JSON body.
  init(status: Int, json: JSON, headers: HeaderFields) {
    self.init(status: status, headers: headers, body: json.data)
  }
}
