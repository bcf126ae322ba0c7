import Foundation
import Keyturn
import Testing

extension Connection {
  static let entraDirectory = "72f988bf-86f1-41af-91ab-2d7cd011db47"
  static let entraClient = "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"

  /// A connection to the public cloud.
  static func entra(
    directory: String = entraDirectory, clientID: String = entraClient,
    environment: String = "https://contoso.crm.dynamics.com"
  ) throws -> Connection {
    let cloud = Cloud(
      login: try .written("https://login.microsoftonline.com"),
      graph: try .written("https://graph.microsoft.com"),
      portal: try .written("https://entra.microsoft.com"))
    return Connection(
      name: "magentrix-d365",
      server: AuthorizationServer(
        name: "contoso", kind: .entra(directory: directory, cloud: cloud)),
      clientID: clientID, environment: try .written(environment), scope: environment + "/.default",
      secretName: "Magentrix D365 Secret", consumers: [], owner: nil, policy: Policy())
  }

  /// A connection to another authorization server.
  static func standard(_ endpoint: String = "https://idp.example.com/oauth2/token") throws
    -> Connection
  {
    Connection(
      name: "partner",
      server: AuthorizationServer(
        name: "partner-idp", kind: .standard(tokenEndpoint: try .written(endpoint))),
      clientID: "app1", environment: nil, scope: "dataverse", secretName: "Partner Secret",
      consumers: [], owner: nil, policy: Policy())
  }
}

extension URL {
  /// A URL that a test writes out.
  static func written(_ text: String) throws -> URL {
    try #require(URL(string: text))
  }
}

extension TokenOutcome {
  /// The failure, where there is one.
  var failure: CallFailure? {
    if case .failed(let failure) = self { failure } else { nil }
  }

  /// The token's text, where one was granted.
  var tokenText: String? {
    if case .granted(let token) = self { token.value.reveal() } else { nil }
  }
}
