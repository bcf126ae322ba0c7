import Foundation
import Keyturn

/// What an administrator is told about a failed connection.
extension TransportFailure {
  /// What happened and why: one phrase that names the host.
  var message: String {
    switch reason {
    case .invalidAddress:
      "an address without https:// or without a host can't be called"
    case .notEncrypted:
      "\(host) is not called: its address begins with http://, so that the secret would travel"
        + " unencrypted"
    case .unknownName: "\(nearest) can't be found: the name has no address"
    case .refused: "\(nearest) refuses connections"
    case .unreachable: "the network knows no way to \(nearest)"
    case .notConnected(let seconds):
      "no connection to \(host) came about within \(seconds.formatted(Self.seconds)) seconds\(way)"
    case .timedOut(let seconds):
      "\(host) did not answer within \(seconds.formatted(Self.seconds)) seconds\(way)"
    case .certificateNotTrusted:
      "the certificate of \(host) is not trusted\(way): its issuer is not known here, or it is out"
        + " of date by this machine's clock"
    case .certificateForOtherName:
      "the certificate that \(host) shows\(way) belongs to another name"
    case .tlsFailed: "no encryption could be agreed on with \(host)\(way)"
    case .notTLS: "\(host) does not speak TLS on port \(peer.port)\(way)"
    case .proxyNeedsCredentials:
      "\(nearest) wants a user name and a password (407) before it connects to \(host)"
    case .proxyRefused: "\(nearest) does not connect to \(host)"
    case .bodyTooLarge(let limit):
      "\(host) sent more than \(limit) bytes\(way), which is no answer to this call"
    case .closed: "\(host) closed the connection before its answer was complete\(way)"
    case .notHTTP: "what \(host) sent\(way) is not an HTTP answer"
    case .redirect(let target):
      "\(host) answered with a redirect\(target.map { " to \($0.shown(upTo: 100))" } ?? "")\(way),"
        + " which is not followed because the secret would go with it"
    case .interrupted: "the call to \(host) was interrupted"
    case .other(let words): "the call to \(host) failed\(way): \(words.shown(upTo: 120))"
    }
  }

  /// What to do about it.
  var remedy: String {
    switch reason {
    case .invalidAddress:
      "correct the address in the configuration"
    case .notEncrypted:
      "write https:// in the configuration; http:// is accepted for this machine only"
    case .unknownName:
      "check the spelling in the configuration, and this machine's DNS with: getent hosts"
        + " \(peer.proxy.map { String($0.prefix { $0 != ":" }).shown(upTo: 100) } ?? host)"
    case .refused:
      "check the address and the port in the configuration, or wait until the service is back"
    case .unreachable, .notConnected, .timedOut:
      "check the network, the firewall, and whether this machine needs a proxy"
    case .certificateNotTrusted:
      "if your own CA issued it (or a proxy that inspects TLS), name the CA's PEM file as"
        + " tls: ca_file; otherwise look at its dates with: \(inspection)"
        + " | openssl x509 -noout -issuer -dates"
    case .certificateForOtherName:
      "check the address in the configuration; if it is right, something else answers in its place"
    case .tlsFailed:
      "see what the two sides offer with: \(inspection)"
    case .notTLS:
      "check the port in the configuration, and whether a proxy answers in place of the service"
    case .proxyNeedsCredentials:
      "put them into the proxy's address, http://user:password@host:port, or exempt \(host)"
    case .proxyRefused:
      "ask the proxy's administrator to allow \(host), port \(peer.port)"
    case .redirect:
      "check the address in the configuration; networks that want a sign-in redirect as well"
    case .bodyTooLarge, .notHTTP:
      "check the address in the configuration and what answers in between"
    case .closed, .interrupted, .other:
      "run the command again; if it stays so, check the network and what is in between"
    }
  }

  private var host: String { peer.host.shown(upTo: 100) }

  /// Where the connection goes first: the proxy if there is one.
  private var nearest: String {
    if let proxy = peer.proxy { return "the proxy \(proxy.shown(upTo: 100))" }
    return "\(host) (port \(peer.port))"
  }

  /// " through the proxy …", or nothing.
  private var way: String {
    peer.proxy.map { " through the proxy \($0.shown(upTo: 100))" } ?? ""
  }

  private var inspection: String {
    "openssl s_client -connect \(host):\(peer.port) -servername \(host) </dev/null"
  }

  private static let seconds = FloatingPointFormatStyle<Double>.number
    .precision(.fractionLength(0...1)).locale(Locale(identifier: "en_US"))
}
