import Foundation
import Keyturn
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The one way in which adapters talk HTTP; behind it is the network, or a simulated tenant.
///
/// Whatever is behind it, the rules are the same: only https leaves this machine, and a redirect is
/// an answer to be explained, never followed.
public struct HTTPTransport: Sendable {
  /// What carries a request out.
  public typealias Exchange =
    @Sendable (HTTPExchangeRequest) async throws(TransportFailure) -> HTTPExchangeResponse

  /// What carries a request out and hands its answer on part by part; false ends it.
  public typealias Reading =
    @Sendable (
      HTTPExchangeRequest, _ limit: Int, _ take: (ByteBuffer) async -> Bool
    ) async throws(TransportFailure) -> HTTPExchangeResponse

  private let exchange: Exchange
  private let reading: Reading?
  private let close: @Sendable () async -> Void

  /// A transport over `exchange`; `close` frees what it holds.
  ///
  /// Without a `reading`, large answers come in one part.
  public init(
    exchange: @escaping Exchange, reading: Reading? = nil,
    close: @escaping @Sendable () async -> Void = {}
  ) {
    self.exchange = exchange
    self.reading = reading
    self.close = close
  }

  /// The network, as `settings` describe it.
  ///
  /// The CA file is read at once, so that a mistake in it is noticed even on a night without calls;
  /// threads and connections come with the first request.
  /// Throws: ``KeyturnError`` for a CA file or a proxy that can't be used.
  public static func live(_ settings: HTTPSettings) throws(KeyturnError) -> HTTPTransport {
    let network = try Network(settings)
    return HTTPTransport(
      exchange: network.exchange, reading: network.read, close: network.shutdown)
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

  /// Sends a request and reads its answer, on a connection that serves nothing else unless it says so.
  ///
  /// Throws: ``TransportFailure`` where no whole answer came, or a redirect.
  public func send(
    _ request: HTTPExchangeRequest
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try await send(request, plainHTTP: .onThisMachine)
  }

  /// Sends a request whose answer may be large, and hands the body of a success (200) to `take` part
  /// by part, decompressed; where that returns false, the rest is not read.
  ///
  /// Returns: the answer without that body; any other status has its own. Throws: ``TransportFailure``
  /// as ``send(_:)`` does, and for a body of more than `limit` bytes.
  func read(
    _ request: HTTPExchangeRequest, limit: Int, _ take: (ByteBuffer) async -> Bool
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try Self.check(request, plainHTTP: .onThisMachine)
    if let reading {
      return try Self.withoutRedirect(try await reading(request, limit, take), of: request)
    }
    var response = try Self.withoutRedirect(try await exchange(request), of: request)
    guard response.status == 200 else { return response }
    _ = await take(ByteBuffer(data: response.body))
    response.body = Data()
    return response
  }

  /// The same for a request that may reach the machine's metadata service.
  func send(
    _ request: HTTPExchangeRequest, plainHTTP: PlainHTTP
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try Self.check(request, plainHTTP: plainHTTP)
    return try Self.withoutRedirect(try await exchange(request), of: request)
  }

  private static func check(
    _ request: HTTPExchangeRequest, plainHTTP: PlainHTTP
  ) throws(TransportFailure) {
    let peer = TransportFailure.Peer(request.url)
    guard let scheme = request.url.scheme?.lowercased(), peer.host != "" else {
      throw TransportFailure(peer, .invalidAddress)
    }
    let isNear = peer.isLoopback || (plainHTTP == .onThisLink && peer.isLinkLocal)
    guard scheme == "https" || (scheme == "http" && isNear) else {
      throw TransportFailure(peer, .notEncrypted)
    }
  }

  private static func withoutRedirect(
    _ response: HTTPExchangeResponse, of request: HTTPExchangeRequest
  ) throws(TransportFailure) -> HTTPExchangeResponse {
    if [301, 302, 303, 307, 308].contains(response.status) {
      let target = response.headers.first(name: "Location").flatMap { URL(string: $0)?.host() }
      throw TransportFailure(.init(request.url), .redirect(to: target))
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
