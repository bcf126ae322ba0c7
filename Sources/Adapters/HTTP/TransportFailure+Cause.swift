import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What the libraries' errors mean.
///
/// None of them is interpolated whole: AsyncHTTPClient's descriptions can hold header values.
extension TransportFailure.Reason {
  /// The reason behind an error of the client, with the time-outs that were set, in seconds.
  init(_ error: any Error, settings: HTTPSettings) {
    switch error {
    case let error as HTTPClientError:
      self.init(error, settings: settings)
    case let error as NIOConnectionError:
      self.init(error, settings: settings)
    case let error as NIOSSLExtraError:
      self =
        error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch
        ? .certificateForOtherName : .tlsFailed
    case let error as NIOSSLError:
      self.init(error)
    case let error as IOError:
      self.init(errno: error.errnoCode)
    case is HTTPParserError:
      // The parser meets the end of the connection as an error of its own.
      self = error as? HTTPParserError == .invalidEOFState ? .closed : .notHTTP
    case ChannelError.connectTimeout:
      self = .notConnected(settings.connectTimeout)
    case is ChannelError:
      self = .closed
    case is CancellationError:
      self = .interrupted
    default:
      self = .other("\(type(of: error))")
    }
  }

  private init(_ error: HTTPClientError, settings: HTTPSettings) {
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
      .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
      self = .notConnected(settings.connectTimeout)
    case .deadlineExceeded, .readTimeout, .writeTimeout:
      self = .timedOut(settings.requestTimeout)
    case .remoteConnectionClosed, .uncleanShutdown:
      self = .closed
    case .proxyAuthenticationRequired:
      self = .proxyNeedsCredentials
    case .invalidProxyResponse:
      self = .proxyRefused
    case .cancelled, .alreadyShutdown:
      self = .interrupted
    default:
      self = .other(error.shortDescription)
    }
  }

  private init(_ error: NIOConnectionError, settings: HTTPSettings) {
    // With addresses of both families every one is tried; the first failure is as good as any.
    guard let first = error.connectionErrors.first else {
      self = .unknownName
      return
    }
    self.init(first.error, settings: settings)
  }

  private init(_ error: NIOSSLError) {
    guard case .handshakeFailed(.sslError(let stack)) = error else {
      self = error == .uncleanShutdown ? .closed : .tlsFailed
      return
    }
    // BoringSSL's reasons are only to be had as text. It does not say why a chain was not accepted:
    // an unknown issuer and an expired certificate look the same from here.
    let reasons = stack.map(\.description).joined(separator: " ")
    if reasons.contains("CERTIFICATE_VERIFY_FAILED") {
      self = .certificateNotTrusted
    } else if reasons.contains("WRONG_VERSION_NUMBER") || reasons.contains("HTTP_REQUEST") {
      self = .notTLS
    } else if stack.contains(.eofDuringHandshake) {
      self = .closed
    } else {
      self = .tlsFailed
    }
  }

  private init(errno code: CInt) {
    switch code {
    case ECONNREFUSED: self = .refused
    case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL: self = .unreachable
    case ECONNRESET, EPIPE, ECONNABORTED: self = .closed
    default: self = .other(String(cString: strerror(code)))
    }
  }
}
