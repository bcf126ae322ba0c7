import AsyncHTTPClient
import Foundation
import Keyturn
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
import Synchronization

/// The real network, over AsyncHTTPClient.
///
/// A client can use one proxy or none, so there are two of them, made when they are first needed.
final class Network: Sendable {
  private struct Clients {
    var direct: HTTPClient?
    var proxied: HTTPClient?
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
    var peer = TransportFailure.Peer(request.url)
    let isProxied = proxies.applies(to: peer)
    if isProxied { peer.proxy = proxies.proxy?.name }
    var settings = settings
    settings.requestTimeout = min(settings.requestTimeout, request.patience ?? .infinity)
    do {
      return try await exchange(
        request, over: client(isProxied: isProxied), within: settings.requestTimeout)
    } catch let reason as TransportFailure.Reason {
      throw TransportFailure(peer, reason)
    } catch {
      throw TransportFailure(peer, TransportFailure.Reason(error, settings: settings))
    }
  }

  private func exchange(
    _ request: HTTPExchangeRequest, over client: HTTPClient, within seconds: TimeInterval
  ) async throws -> HTTPExchangeResponse {
    var message = HTTPClientRequest(url: request.url.absoluteString)
    message.method = request.method
    message.headers = request.headers
    // One call, one connection: a kept connection would ask the same replica again and again.
    message.headers.replaceOrAdd(name: "Connection", value: "close")
    message.headers.replaceOrAdd(name: "User-Agent", value: "keyturn")
    if !request.body.isEmpty { message.body = .bytes(ByteBuffer(data: request.body)) }

    let deadline = NIODeadline.now() + .seconds(seconds)
    let response = try await client.execute(message, deadline: deadline)
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
    return HTTPExchangeResponse(
      status: Int(response.status.code), headers: response.headers, body: body)
  }

  /// The client for the way that a request goes.
  private func client(isProxied: Bool) throws -> HTTPClient {
    try clients.withLock { clients in
      guard !clients.isShutDown else { throw TransportFailure.Reason.interrupted }
      let way = isProxied ? \Clients.proxied : \Clients.direct
      if let client = clients[keyPath: way] { return client }
      let client = HTTPClient(configuration: configuration(isProxied: isProxied))
      clients[keyPath: way] = client
      return client
    }
  }

  private func configuration(isProxied: Bool) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if !trust.isEmpty { tls.additionalTrustRoots = [.certificates(trust)] }
    var configuration = HTTPClient.Configuration()
    configuration.tlsConfiguration = tls
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.maximumUsesPerConnection = 1
    configuration.timeout = .init(
      connect: .seconds(settings.connectTimeout), read: .seconds(settings.requestTimeout),
      write: .seconds(settings.requestTimeout))
    // The client would try until the deadline; whether a call is worth repeating is decided above.
    configuration.connectionPool.retryConnectionEstablishment = false
    // Every tenant's calls go to the same few hosts, and a night of many rotations is mostly waiting.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    if isProxied { configuration.proxy = proxies.proxy?.setting }
    return configuration
  }

  func shutdown() async {
    let open = clients.withLock { clients in
      defer { clients = Clients(isShutDown: true) }
      return [clients.direct, clients.proxied].compactMap { $0 }
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
