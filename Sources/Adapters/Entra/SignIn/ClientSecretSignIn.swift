import Foundation
import Keyturn
import NIOHTTP1

/// Signs in as an application with a client secret of its own.
struct ClientSecretSignIn: Sendable {
  let world: SignInWorld
  let tenant: SignInTenant
  let clientID: String
  let source: GraphAccess.SecretSource

  /// A token.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    let secret = try await secret()
    return try await TokenGrant(world, tenant: tenant, clientID: clientID, credential: .ownSecret)
      .token([("client_secret", secret.reveal())], withholding: secret)
  }

  /// The end of the secret, as Graph shows it; nil where it may not be read.
  ///
  /// Source: Microsoft Graph v1.0, "Get application", `passwordCredential.hint`.
  func ownCredential(with token: AccessToken) async throws(GraphSignInFailure) -> OwnCredential? {
    let hint = try await secret().hint
    let path =
      "\(tenant.resource)/v1.0/applications(appId='\(clientID)')?$select=passwordCredentials"
    guard let url = URL(string: path) else { return nil }
    let headers: HTTPHeaders = [
      "Accept": "application/json", "Authorization": "Bearer \(token.value.reveal())",
    ]
    // It is a warning more, and no reason to fail: the application may lack the right to read itself.
    guard let response = try? await world.transport.send(.get(url, headers: headers)),
      response.status == 200,
      let own = try? JSONDecoder().decode(OwnApplication.self, from: response.body)
    else { return nil }
    let ends = own.passwordCredentials.filter { $0.hint == hint }
      .compactMap { $0.endDateTime.flatMap(Timestamp.parse) }
    let now = world.context.now()
    // Of two with the same beginning, the one that ends first warns first.
    guard let end = ends.filter({ $0 > now }).min() ?? ends.max() else { return nil }
    return OwnCredential(
      name: "the client secret of keyturn's own application \(clientID)", expiresAt: end)
  }

  private func secret() async throws(GraphSignInFailure) -> SecretValue {
    let text: String
    do {
      text = try await written()
    } catch {
      throw GraphSignInFailure(error)
    }
    let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard (1...1_024).contains(value.utf8.count),
      value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw GraphSignInFailure(
        "\(origin) holds no client secret",
        remedy: "put the secret's Value there, and nothing else")
    }
    return SecretValue(value)
  }

  private func written() async throws -> String {
    switch source {
    case .file(let path):
      try SecretFile(
        title: "the client secret's file", path: path,
        restoring: "check client_secret_file in the configuration",
        exposed: "if others had access to it, make a new client secret and remove the old one"
      ).read()
    case .command(let words):
      try await SecretCommand(
        title: "the client secret's command", key: "client_secret_command", words: words
      ).output()
    }
  }

  private var origin: String {
    switch source {
    case .file(let path): path.shown()
    case .command(let words): "the output of \((words.first ?? "").shown())"
    }
  }

  private struct OwnApplication: Decodable {
    struct Password: Decodable {
      var hint: String?
      var endDateTime: String?
    }

    var passwordCredentials: [Password]
  }
}
