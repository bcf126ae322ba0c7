import Foundation

/// How this machine reaches the network.
public struct HTTPSettings: Sendable {
  /// A PEM file with certificates that are trusted beside the system's.
  public var caFile: String?
  /// The proxy for every host but loopback; nil lets ``environment`` decide.
  public var proxy: URL?
  /// The variables of the process, of which those about proxies are read.
  public var environment: [String: String]
  /// Seconds until a connection, TLS included, must stand.
  public var connectTimeout: TimeInterval = 10
  /// Seconds until a request must be answered.
  ///
  /// A body that still trickles in then is cut off; one that falls silent is given up after as many
  /// seconds again.
  public var requestTimeout: TimeInterval = 30
  /// The largest body that is accepted, in bytes.
  public var bodyLimit = 1 << 20

  /// Settings with the defaults: 10 seconds, 30 seconds, 1 MiB.
  public init(caFile: String? = nil, proxy: URL? = nil, environment: [String: String] = [:]) {
    self.caFile = caFile
    self.proxy = proxy
    self.environment = environment
  }
}
