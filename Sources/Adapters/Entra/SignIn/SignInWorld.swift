import Foundation
import Keyturn

/// What every way to sign in needs from outside.
struct SignInWorld: Sendable {
  let transport: HTTPTransport
  let context: Context
  /// The variables of the process.
  let environment: [String: String]
}

/// The tenant in which keyturn signs in, and the Graph for which.
struct SignInTenant: Sendable {
  /// A connection of that tenant.
  private let caller: Connection
  /// The directory id, or a verified domain.
  let directory: String
  let cloud: Cloud

  /// The tenant of a connection; nil where it is not one of Microsoft Entra's.
  init?(_ caller: Connection) {
    guard case .entra(let directory, let cloud) = caller.server.kind else { return nil }
    self.caller = caller
    self.directory = directory
    self.cloud = cloud
  }

  /// Graph as a resource, without a final slash.
  var resource: String {
    let text = cloud.graph.absoluteString
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// Graph as a scope: every permission that was granted.
  var scope: String { resource + "/.default" }

  /// A connection of the tenant that is keyturn's own.
  func connection(clientID: String) -> Connection {
    var own = caller
    own.clientID = clientID
    own.scope = scope
    return own
  }

  /// The endpoint that gives device codes (RFC 8628 section 3.1).
  var deviceCodeEndpoint: URL {
    cloud.login.appending(path: directory).appending(path: "oauth2/v2.0/devicecode")
  }
}
