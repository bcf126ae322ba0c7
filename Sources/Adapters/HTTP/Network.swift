import AsyncHTTPClient
import Foundation
import Keyturn
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOHTTPCompression
import NIOSSL
import Synchronization

/// The real network, over AsyncHTTPClient.
///
/// A client can use one proxy or none, and keeps its connections or not, so there are up to four of
/// them, made when they are first needed.
final class Network: Sendable {
  private struct Way: Hashable {
    var isProxied: Bool
    var keepsConnections: Bool
  }

  private struct Clients {
    var open: [Way: (client: HTTPClient, headStart: Task<Void, Never>)] = [:]
    var isShutDown = false
  }

  private let settings: HTTPSettings
  private let trust: [NIOSSLCertificate]
  private let proxies: ProxyRule
  private let clients = Mutex(Clients())

  init(_ settings: HTTPSettings) throws(KeyturnError) {
    self.settings = settings
    trust = if let caFile = settings.caFile { try TrustedCertificates.read(caFile) } else { [] }
    proxies = try ProxyRule(settings)
  }

  func exchange(
    _ request: HTTPExchangeRequest
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try await exchange(request) { response, deadline in
      try await self.body(of: response, until: deadline)
    }
  }

  /// Hands the body of a success on part by part, and collects any other.
  func read(
    _ request: HTTPExchangeRequest, limit: Int, _ take: (ByteBuffer) async -> Bool
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    try await exchange(request) { response, deadline in
      guard response.status == .ok else {
        return try await self.body(of: response, until: deadline)
      }
      // A large page takes longer than an answer; one that falls silent is given up all the same.
      let end = deadline + .seconds(self.settings.requestTimeout * Self.longReading)
      var count = 0
      for try await part in response.body {
        count += part.readableBytes
        guard count <= limit else { throw TransportFailure.Reason.bodyTooLarge(limit: limit) }
        guard NIODeadline.now() < end else { throw HTTPClientError.deadlineExceeded }
        guard await take(part) else { break }
      }
      return Data()
    }
  }

  /// How many times longer than an answer a large body may take.
  private static let longReading = 10.0
  /// How much larger than its gzip a body may be: JSON of a thousand like objects comes to about 30.
  private static let largestRatio = 200

  private func exchange(
    _ request: HTTPExchangeRequest,
    _ body: (HTTPClientResponse, NIODeadline) async throws -> Data
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    var peer = TransportFailure.Peer(request.url)
    let isProxied = proxies.applies(to: peer)
    if isProxied { peer.proxy = proxies.proxy?.name }
    var settings = settings
    settings.requestTimeout = min(settings.requestTimeout, request.patience ?? .infinity)
    do {
      let deadline = NIODeadline.now() + .seconds(settings.requestTimeout)
      let way = Way(isProxied: isProxied, keepsConnections: request.keepsConnection)
      let response = try await client(way).execute(message(request), deadline: deadline)
      return HTTPExchangeResponse(
        status: Int(response.status.code), headers: response.headers,
        body: try await body(response, deadline))
    } catch let reason as TransportFailure.Reason {
      throw TransportFailure(peer, reason)
    } catch {
      throw TransportFailure(peer, TransportFailure.Reason(error, settings: settings))
    }
  }

  private func message(_ request: HTTPExchangeRequest) -> HTTPClientRequest {
    var message = HTTPClientRequest(url: request.url.absoluteString)
    message.method = request.method
    message.headers = request.headers
    // One call, one connection: a kept connection would ask the same replica again and again.
    if !request.keepsConnection { message.headers.replaceOrAdd(name: "Connection", value: "close") }
    message.headers.replaceOrAdd(name: "User-Agent", value: "keyturn")
    if !request.body.isEmpty { message.body = .bytes(ByteBuffer(data: request.body)) }
    return message
  }

  private func body(
    of response: HTTPClientResponse, until deadline: NIODeadline
  ) async throws -> Data {
    let promised = response.headers.first(name: "Content-Length").flatMap { Int($0) }
    guard promised ?? 0 <= settings.bodyLimit else {
      throw TransportFailure.Reason.bodyTooLarge(limit: settings.bodyLimit)
    }
    var body = Data()
    // The client's deadline ends with the head of the answer; the body needs this one.
    for try await part in response.body {
      guard body.count + part.readableBytes <= settings.bodyLimit else {
        throw TransportFailure.Reason.bodyTooLarge(limit: settings.bodyLimit)
      }
      guard NIODeadline.now() < deadline else { throw HTTPClientError.deadlineExceeded }
      body.append(contentsOf: part.readableBytesView)
    }
    return body
  }

  /// The client for the way that a request goes.
  ///
  /// The first request of each has a head start. Until one connection has read the system's
  /// authorities, each one reads them for itself, and keeps them: half a megabyte and some milliseconds.
  private func client(_ way: Way) async throws -> HTTPClient {
    let (client, others) = try clients.withLock { clients in
      guard !clients.isShutDown else { throw TransportFailure.Reason.interrupted }
      if let (client, others) = clients.open[way] { return (client, Optional(others)) }
      let client = HTTPClient(configuration: configuration(way))
      clients.open[way] = (client, Task { try? await Task.sleep(for: Self.headStart) })
      return (client, nil)
    }
    await others?.value
    return client
  }

  private static let headStart = Duration.milliseconds(50)

  private func configuration(_ way: Way) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let directory = TrustedCertificates.systemDirectory { tls.trustRoots = .file(directory) }
    if !trust.isEmpty { tls.additionalTrustRoots = [.certificates(trust)] }
    var configuration = HTTPClient.Configuration()
    configuration.tlsConfiguration = tls
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.maximumUsesPerConnection = way.keepsConnections ? nil : 1
    // Only what asks for it is sent compressed, and only what is read in parts asks for it.
    configuration.decompression = .enabled(limit: .ratio(Self.largestRatio))
    configuration.timeout = .init(
      connect: .seconds(settings.connectTimeout), read: .seconds(settings.requestTimeout),
      write: .seconds(settings.requestTimeout))
    // The client would try until the deadline; whether a call is worth repeating is decided above.
    configuration.connectionPool.retryConnectionEstablishment = false
    // Every tenant's calls go to the same few hosts, and a night of many rotations is mostly waiting.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    if way.isProxied { configuration.proxy = proxies.proxy?.setting }
    return configuration
  }

  func shutdown() async {
    let open = clients.withLock { clients in
      defer { clients = Clients(isShutDown: true) }
      return clients.open.values.map(\.client)
    }
    for client in open {
      // It fails only for a client that was shut down before.
      try? await client.shutdown()
    }
  }
}

extension TimeAmount {
  fileprivate static func seconds(_ seconds: TimeInterval) -> TimeAmount {
    .nanoseconds(Int64(seconds * 1_000_000_000))
  }
}
