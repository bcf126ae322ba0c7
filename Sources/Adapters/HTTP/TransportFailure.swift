import Foundation
import Keyturn

/// Why no usable answer came back from a host.
///
/// It knows hosts and ports only: what was sent and received stays out of every message.
public struct TransportFailure: Error, Sendable, Equatable {
  /// The host that was to be reached.
  public struct Peer: Sendable, Equatable {
    /// In lower case, without the brackets of an IPv6 address.
    var host: String
    var port: Int
    /// The proxy in between, as host and port.
    var proxy: String?

    /// The host of a URL, with the scheme's port where it names none.
    public init(_ url: URL, proxy: String? = nil) {
      let host = url.host(percentEncoded: false) ?? ""
      let isBracketed = host.utf8.first == UInt8(ascii: "[")
      self.host = (isBracketed ? host.trimmingCharacters(in: ["[", "]"]) : host).lowercased()
      port = url.port ?? (url.scheme?.lowercased() == "http" ? 80 : 443)
      self.proxy = proxy
    }
  }

  /// What went wrong.
  public enum Reason: Error, Sendable, Equatable {
    /// The address has no scheme or no host.
    case invalidAddress
    /// Plain http to another machine.
    case notEncrypted
    /// The name can't be resolved.
    case unknownName
    /// Nothing listens on the port.
    case refused
    /// The network knows no way.
    case unreachable
    /// No connection stood in time, so that nothing was sent; in seconds.
    case notConnected(TimeInterval)
    /// Nothing came in time; in seconds.
    case timedOut(TimeInterval)
    /// The certificate's issuer is unknown, or it is out of date.
    case certificateNotTrusted
    /// The certificate belongs to another name.
    case certificateForOtherName
    /// Any other failure to agree on encryption.
    case tlsFailed
    /// The port does not speak TLS.
    case notTLS
    /// The proxy wants to know who we are (407).
    case proxyNeedsCredentials
    /// The proxy does not connect us.
    case proxyRefused
    /// More bytes than the limit.
    case bodyTooLarge(limit: Int)
    /// The connection ended before the answer did.
    case closed
    /// The answer is not HTTP.
    case notHTTP
    /// A redirect, to this host if it names one.
    case redirect(to: String?)
    /// The program is ending.
    case interrupted
    /// Something else, in the words of the system or of the library.
    case other(String)
  }

  public var peer: Peer
  public var reason: Reason

  /// A failure to get an answer from `peer`.
  public init(_ peer: Peer, _ reason: Reason) {
    self.peer = peer
    self.reason = reason
  }

  /// The failure as the core knows it: transient, or unreachable where waiting can't help.
  public var callFailure: CallFailure {
    switch reason {
    case .invalidAddress, .notEncrypted, .certificateNotTrusted, .certificateForOtherName,
      .notTLS, .proxyNeedsCredentials, .redirect:
      return CallFailure(.unreachable, message, remedy: remedy)
    case .unknownName, .refused, .unreachable, .notConnected, .timedOut, .tlsFailed, .proxyRefused,
      .bodyTooLarge, .closed, .notHTTP, .interrupted, .other:
      return CallFailure(.transient(retryAfter: nil), message, remedy: remedy)
    }
  }
}

extension TransportFailure {
  /// Whether the request may have reached the server before it failed.
  ///
  /// A connection may close during its handshake or after it: what can't be told apart counts as
  /// sent.
  var mayHaveBeenSent: Bool {
    switch reason {
    case .invalidAddress, .notEncrypted, .unknownName, .refused, .unreachable, .notConnected,
      .certificateNotTrusted, .certificateForOtherName, .tlsFailed, .notTLS,
      .proxyNeedsCredentials, .proxyRefused, .redirect:
      false
    case .timedOut, .bodyTooLarge, .closed, .notHTTP, .interrupted, .other:
      true
    }
  }
}
