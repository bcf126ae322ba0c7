public import Foundation

/// One HTTP request to any of the tenant's services, as it stands on the wire.
public struct TenantRequest: Sendable, Equatable {
  /// The method, in capitals.
  public var method: String
  /// The `Host` field, with its port where it has one; `nil` where the caller has no host.
  public var host: String?
  /// The path, still percent-encoded.
  public var path: String
  /// What follows the question mark, still percent-encoded; empty without one.
  public var query: String
  /// The header fields.
  public var headers: HeaderFields
  /// The body; empty without one.
  public var body: Data
  /// The IP address that the request comes from.
  public var address = "203.0.113.7"

  /// Creates a request from the parts of its request line.
  public init(
    method: String, host: String? = nil, path: String, query: String = "",
    headers: HeaderFields = [:], body: Data = Data()
  ) {
    self.method = method
    self.host = host
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// Creates a request from an absolute URL, or from a path with its query.
  public init(
    _ method: String, _ url: String, headers: HeaderFields = [:], body: Data = Data()
  ) {
    var rest = Substring(url)
    var host: String?
    if let scheme = rest.range(of: "://") {
      rest = rest[scheme.upperBound...]
      let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
      host = String(rest[..<end])
      rest = rest[end...]
    }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      method: method, host: host,
      path: parts.first.map(String.init) ?? "/",
      query: parts.count > 1 ? String(parts[1]) : "",
      headers: headers, body: body)
  }

  /// The path's segments, decoded.
  var segments: [String] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { part in
      let isPlain = !part.contains(UInt8(ascii: "%"))
      return isPlain
        ? String(Substring(part)) : FormFields.unescaped(Array(part)) ?? String(Substring(part))
    }
  }

  /// The origin that the request was sent to, or the given one for a request without host.
  func origin(otherwise fallback: String) -> String {
    host.map { "https://" + $0 } ?? fallback
  }
}
