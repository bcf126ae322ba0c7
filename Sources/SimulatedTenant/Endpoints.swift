/// The base URLs under which the services of the tenant are known, without a final slash.
///
/// They are the names by which a service is addressed, and the resources for which a token may be
/// asked. Dataverse has its URL in its ``DataverseEnvironment``.
public struct Endpoints: Sendable, Equatable {
  /// The token service's; the first is written into answers.
  public var login: [String]
  /// Graph's; the first is written into answers.
  public var graph: [String]
  /// The resource manager's.
  public var resourceManager: [String]

  /// Creates endpoints from base URLs.
  public init(login: [String], graph: [String], resourceManager: [String] = []) {
    self.login = login
    self.graph = graph
    self.resourceManager = resourceManager
  }

  /// Microsoft's public cloud.
  public static let microsoft = Endpoints(
    login: ["https://login.microsoftonline.com"], graph: ["https://graph.microsoft.com"],
    resourceManager: ["https://management.azure.com", "https://management.core.windows.net"])

  /// Makes one base URL serve everything, ahead of the names that are known already.
  public mutating func serveAll(at baseURL: String) {
    login.insert(baseURL, at: 0)
    graph.insert(baseURL, at: 0)
    resourceManager.insert(contentsOf: [baseURL, baseURL + "/arm"], at: 0)
  }

  /// A resource or URL as it is compared: in lower case and without final slashes.
  static func normalized(_ url: String) -> String {
    var text = url.lowercased()[...]
    while text.hasSuffix("/") { text = text.dropLast() }
    return String(text)
  }

  /// The name in a base URL or in a `Host` field, without scheme, port and path.
  static func hostName(_ text: String) -> String {
    let slash = UInt8(ascii: "/")
    var parts = text.utf8.split(separator: slash, maxSplits: 2)
    if let first = parts.first, first.last == UInt8(ascii: ":"),
      text.utf8.dropFirst(first.count).starts(with: [slash, slash])
    {
      parts.removeFirst()
    }
    let name = parts.first?.split(separator: UInt8(ascii: ":")).first
    return name.map { Substring($0).lowercased() } ?? ""
  }
}
