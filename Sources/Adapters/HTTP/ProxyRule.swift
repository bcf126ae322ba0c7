import AsyncHTTPClient
import Foundation
import Keyturn

/// Which hosts are reached through a proxy, and which one.
///
/// Source: the conventions of curl for `https_proxy` and `no_proxy`, in either case.
struct ProxyRule: Sendable {
  /// A proxy as the client takes it.
  struct Proxy: Sendable {
    /// Host and port, without the credentials.
    let name: String
    let setting: HTTPClient.Configuration.Proxy
  }

  let proxy: Proxy?
  private let exceptions: [Exception]

  /// The rule of the configuration, or else of the environment's variables.
  ///
  /// A proxy that is named in the configuration is used for every host, whatever the environment's
  /// exceptions are. Throws: ``KeyturnError`` for a proxy that can't be used.
  init(_ settings: HTTPSettings) throws(KeyturnError) {
    if let url = settings.proxy {
      proxy = try Proxy(url.absoluteString, from: "proxy in the configuration")
      exceptions = []
      return
    }
    let variables = ["https_proxy", "HTTPS_PROXY"]
    let name = variables.first { settings.environment[$0]?.isEmpty == false }
    guard let name, let value = settings.environment[name] else {
      proxy = nil
      exceptions = []
      return
    }
    proxy = try Proxy(value, from: "the variable \(name)")
    let list = settings.environment["no_proxy"] ?? settings.environment["NO_PROXY"] ?? ""
    exceptions = list.split { $0 == "," || $0.isWhitespace }.map(Exception.init)
  }

  /// Whether a host is reached through the proxy; this machine and its metadata service never are.
  func applies(to peer: TransportFailure.Peer) -> Bool {
    guard proxy != nil, !peer.isLoopback, !peer.isLinkLocal else { return false }
    return !exceptions.contains { $0.matches(peer) }
  }
}

extension ProxyRule {
  /// One entry of `no_proxy`: `*`, a name with everything below it, or an address, maybe with a port.
  struct Exception: Sendable {
    private let host: String
    private let port: Int?

    init(_ entry: Substring) {
      var name = entry.lowercased()
      var port: Int?
      let isBareIPv6 = name.filter { $0 == ":" }.count > 1 && !name.hasPrefix("[")
      if !isBareIPv6, let colon = name.lastIndex(of: ":"), name[colon...].last != "]",
        let number = Int(name[name.index(after: colon)...])
      {
        port = number
        name = String(name[..<colon])
      }
      if name.hasPrefix("*.") { name.removeFirst() }
      name = name.trimmingCharacters(in: ["[", "]"])
      host = name.hasPrefix(".") ? String(name.dropFirst()) : name
      self.port = port
    }

    func matches(_ peer: TransportFailure.Peer) -> Bool {
      guard port == nil || port == peer.port, !host.isEmpty else { return false }
      return host == "*" || peer.host == host || peer.host.hasSuffix("." + host)
    }
  }
}

extension ProxyRule.Proxy {
  /// A proxy at an address such as `http://user:password@host:3128` or `host:3128`.
  fileprivate init(_ address: String, from source: String) throws(KeyturnError) {
    // The address itself is not repeated: it may hold a password.
    let mistake = KeyturnError(
      .configuration, "\(source) is not a proxy that can be used",
      hints: ["write http://host:port, or http://user:password@host:port, or socks5://host:port"])
    let text = address.contains("://") ? address : "http://" + address
    guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty else {
      throw mistake
    }
    let bare = host.trimmingCharacters(in: ["[", "]"])
    switch parts.scheme?.lowercased() {
    case "http":
      let port = parts.port ?? 3128
      var setting = HTTPClient.Configuration.Proxy.server(host: bare, port: port)
      if let user = parts.user {
        setting.authorization = .basic(username: user, password: parts.password ?? "")
      }
      self.init(name: "\(host):\(port)", setting: setting)
    case "socks5", "socks5h":
      guard parts.user == nil else { throw mistake }
      let port = parts.port ?? 1080
      self.init(name: "\(host):\(port)", setting: .socksServer(host: bare, port: port))
    default:
      throw mistake
    }
  }
}
