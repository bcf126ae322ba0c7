import Foundation

/// The thing keyturn manages: one application's client secret, used by its consumers against one resource.
public struct Connection: Sendable, Equatable {
  public var name: String
  public var server: AuthorizationServer
  /// The application (client) id.
  public var clientID: String
  /// The Dynamics 365 environment, whose `WhoAmI` proves the access; nil for other resources.
  public var environment: URL?
  /// The scope of the client-credentials call.
  public var scope: String
  /// What the secret's display name begins with.
  public var secretName: String
  public var consumers: [Consumer]
  public var owner: String?
  public var policy: Policy

  /// A connection as it was configured.
  public init(
    name: String, server: AuthorizationServer, clientID: String, environment: URL?, scope: String,
    secretName: String, consumers: [Consumer], owner: String?, policy: Policy
  ) {
    self.name = name
    self.server = server
    self.clientID = clientID
    self.environment = environment
    self.scope = scope
    self.secretName = secretName
    self.consumers = consumers
    self.owner = owner
    self.policy = policy
  }
}

/// Who uses a connection's secret.
public struct Consumer: Sendable, Equatable {
  /// How the value reaches it.
  public enum Kind: String, Sendable, CaseIterable {
    /// A Magentrix portal: an administrator enters four fields and confirms.
    case magentrix
    /// Anything else that an administrator updates by hand and confirms.
    case manual
    /// Nobody needs to be told: whoever needs the value reads the store.
    case none
  }

  public var name: String
  public var kind: Kind
  /// The portal's address, for the link in the hand-over.
  public var portal: URL?

  /// A consumer as it was configured.
  public init(name: String, kind: Kind, portal: URL? = nil) {
    self.name = name
    self.kind = kind
    self.portal = portal
  }
}

/// Where client-credentials calls go.
public struct AuthorizationServer: Sendable, Equatable {
  /// What kind of server answers.
  public enum Kind: Sendable, Equatable {
    /// Microsoft Entra: a directory (id or verified domain) in a cloud.
    case entra(directory: String, cloud: Cloud)
    /// Any server that follows RFC 6749.
    case standard(tokenEndpoint: URL)
  }

  /// The tenant's name in the configuration.
  public var name: String
  public var kind: Kind
  /// How Microsoft Graph may be used; nil where administrators make and delete secrets by hand.
  public var graph: GraphAccess?

  /// A server as it was configured.
  public init(name: String, kind: Kind, graph: GraphAccess? = nil) {
    self.name = name
    self.kind = kind
    self.graph = graph
  }

  /// The token endpoint (RFC 6749 section 3.2).
  public var tokenEndpoint: URL {
    switch kind {
    case .entra(let directory, let cloud):
      cloud.login.appending(path: directory).appending(path: "oauth2/v2.0/token")
    case .standard(let tokenEndpoint):
      tokenEndpoint
    }
  }

  /// The portal's "Certificates & secrets" page of an application; nil where there is no portal.
  public func secretsPage(clientID: String) -> URL? {
    guard case .entra(_, let cloud) = kind else { return nil }
    let page = "#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/"
    return URL(string: "\(cloud.portal.absoluteString)/\(page)\(clientID)")
  }
}

/// One of Microsoft's clouds, or a stand-in for it.
///
/// Source: Microsoft Graph documentation, "National cloud deployments".
public struct Cloud: Sendable, Equatable {
  public var login: URL
  public var graph: URL
  public var portal: URL

  /// A cloud at these addresses.
  public init(login: URL, graph: URL, portal: URL) {
    self.login = login
    self.graph = graph
    self.portal = portal
  }
}
