import Adapters
import Foundation
import Keyturn
import NIOHTTP1
import SimulatedTenant
import Synchronization

/// An ``HTTPTransport`` whose network ends in a simulated tenant.
///
/// The tenant's clock follows the context's before each request, and what happens to an answer on
/// its way becomes what the real client would report.
package final class TenantTransport: Sendable {
  /// Seconds after which the real client gives up, and the largest body it takes.
  private static let limits = HTTPSettings()

  private let tenant: Mutex<Tenant>
  private let log = Mutex<[TenantRequest]>([])
  private let context: Context

  /// A transport to `tenant` in the world of `context`.
  package init(_ tenant: Tenant, context: Context) {
    self.tenant = Mutex(tenant)
    self.context = context
  }

  /// Hand this to the adapters.
  package var transport: HTTPTransport { HTTPTransport(exchange: exchange) }

  /// The requests so far, oldest first.
  package var requests: [TenantRequest] { log.withLock { $0 } }

  /// Changes the tenant between two requests, or asks it something, at the present moment.
  package func withTenant<T: Sendable, E: Error>(
    _ body: (inout sending Tenant) throws(E) -> sending T
  ) throws(E) -> T {
    let now = context.now()
    return try tenant.withLock { (tenant) throws(E) -> sending T in
      tenant.now = now
      return try body(&tenant)
    }
  }

  private func exchange(
    _ request: HTTPExchangeRequest
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    let arrived = TenantRequest(request)
    log.withLock { $0.append(arrived) }
    let response = withTenant { $0.respond(to: arrived) }
    let peer = TransportFailure.Peer(request.url)
    switch response.delivery {
    case .normal:
      return HTTPExchangeResponse(response)
    case .cutShort:
      var half = response
      half.body = response.body.prefix(response.body.count / 2)
      return HTTPExchangeResponse(half)
    case .connectionClosed, .truncated:
      throw TransportFailure(peer, .closed)
    case .huge:
      throw TransportFailure(peer, .bodyTooLarge(limit: Self.limits.bodyLimit))
    case .delayed(let seconds):
      let patience = min(Self.limits.requestTimeout, request.patience ?? .infinity)
      guard (try? await context.sleep(min(seconds, patience))) != nil else {
        throw TransportFailure(peer, .interrupted)
      }
      guard seconds < patience else { throw TransportFailure(peer, .timedOut(patience)) }
      return HTTPExchangeResponse(response)
    }
  }
}

extension TenantRequest {
  /// The request as it stands on the wire.
  package init(_ request: HTTPExchangeRequest) {
    let url = request.url
    var headers = HeaderFields()
    for (name, value) in request.headers { headers[name] = value }
    self.init(
      method: request.method.rawValue,
      host: url.host().map { $0 + (url.port.map { ":\($0)" } ?? "") },
      path: url.path(percentEncoded: true), query: url.query(percentEncoded: true) ?? "",
      headers: headers, body: request.body)
  }
}

extension HTTPExchangeResponse {
  /// The answer as the real client would hand it out.
  package init(_ response: TenantResponse) {
    self.init(
      status: response.status,
      headers: HTTPHeaders(response.headers.fields.map { ($0.name, $0.value) }),
      body: response.body)
  }
}
