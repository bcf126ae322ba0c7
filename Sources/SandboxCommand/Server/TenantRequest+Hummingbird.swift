import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat
import SimulatedTenant

extension TenantRequest {
  private static let largestBody = 1 << 20

  /// Reads a request from the wire.
  init(_ request: Request) async throws {
    var headers: HeaderFields = [:]
    for field in request.headers { headers[field.name.rawName] = field.value }
    let body = try await request.body.collect(upTo: Self.largestBody)
    let target = request.head.path ?? "/"
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      method: request.method.rawValue, host: request.head.authority,
      path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
      headers: headers, body: Data(buffer: body))
  }
}
