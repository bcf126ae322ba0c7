import Foundation
import Keyturn
import NIOCore
import NIOHTTP1

/// The one way in which adapters talk HTTP; behind it is the network, or a simulated tenant.
///
/// Whatever is behind it, the rules are the same: only https leaves this machine, and a redirect is
/// an answer to be explained, never followed.
public struct HTTPTransport: Sendable {
  /// What carries a request out.
  public typealias Exchange =
    @Sendable (HTTPExchangeRequest) async throws(TransportFailure) -> HTTPExchangeResponse

  private let exchange: Exchange
  private let close: @Sendable () async -> Void

  /// A transport over `exchange`; `close` frees what it holds.
  public init(exchange: @escaping Exchange, close: @escaping @Sendable () async -> Void = {}) {
    self.exchange = exchange
    self.close = close
  }

  /// The network, as `settings` describe it.
  ///
  /// The CA file is read at once, so that a mistake in it is noticed even on a night without calls;
  /// threads and connections come with the first request.
  /// Throws: ``KeyturnError`` for a CA file or a proxy that can't be used.
  public static func live(_ settings: HTTPSettings) throws(KeyturnError) -> HTTPTransport {
    let network = try Network(settings)
    return HTTPTransport(exchange: network.exchange, close: network.shutdown)
  }

  /// How far a request may travel unencrypted.
  enum PlainHTTP: Sendable {
    /// Not at all: only this machine's own addresses.
    case onThisMachine
    /// To the metadata service of the cloud that the machine runs in, which has no TLS.
    ///
    /// No router forwards its addresses (RFC 3927 section 7).
    case onThisLink
  }

  /// Sends a request and reads its answer, on a connection that serves nothing else.
  ///
  /// Throws: ``TransportFailure`` where no whole answer came, or a redirect.
  public func send(
    _ request: HTTPExchangeRequest
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try await send(request, plainHTTP: .onThisMachine)
  }

  /// The same for a request that may reach the machine's metadata service.
  func send(
    _ request: HTTPExchangeRequest, plainHTTP: PlainHTTP
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    let peer = TransportFailure.Peer(request.url)
    guard let scheme = request.url.scheme?.lowercased(), peer.host != "" else {
      throw TransportFailure(peer, .invalidAddress)
    }
    let isNear = peer.isLoopback || (plainHTTP == .onThisLink && peer.isLinkLocal)
    guard scheme == "https" || (scheme == "http" && isNear) else {
      throw TransportFailure(peer, .notEncrypted)
    }
    let response = try await exchange(request)
    if [301, 302, 303, 307, 308].contains(response.status) {
      let target = response.headers.first(name: "Location").flatMap { URL(string: $0)?.host() }
      throw TransportFailure(peer, .redirect(to: target))
    }
    return response
  }

  /// Closes what is open, once, at the end; afterwards nothing can be sent.
  public func shutdown() async {
    await close()
  }
}

extension TransportFailure.Peer {
  /// Whether the host is this machine: 127.0.0.0/8, ::1 or `localhost`.
  var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    return isAddress(beginning: "127.")
  }

  /// Whether the host is an IPv4 address of this link: 169.254.0.0/16 (RFC 3927).
  var isLinkLocal: Bool { isAddress(beginning: "169.254.") }

  private func isAddress(beginning: String) -> Bool {
    // "127.example.com" is a name like any other: only an address counts.
    host.hasPrefix(beginning) && (try? SocketAddress(ipAddress: host, port: 0)) != nil
  }
}
