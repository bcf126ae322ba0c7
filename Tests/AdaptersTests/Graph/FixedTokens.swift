import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

@testable import Adapters

/// Tokens that are good for everything, numbered as they are given out.
final class FixedTokens: GraphTokens {
  private let value: String
  private let given = Mutex(0)

  init(_ value: String = "eyJ0.recognisable-token.c2ln") {
    self.value = value
  }

  /// How many fresh ones were asked for.
  var freshCount: Int { given.withLock { $0 } }

  func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    guard isFresh else { return AccessToken(SecretValue(value)) }
    let number = given.withLock { given in
      given += 1
      return given
    }
    return AccessToken(SecretValue("\(value)-\(number)"))
  }

  func ownCredential(for caller: DirectoryCaller) async throws(DirectoryFailure) -> OwnCredential? {
    OwnCredential(name: "the certificate /etc/keyturn/graph.pem", expiresAt: TestWorld.night)
  }
}

extension GraphClient {
  /// A client whose every call is answered so.
  static func answering(
    _ exchange: @escaping HTTPTransport.Exchange, tokens: FixedTokens = FixedTokens()
  ) -> GraphClient {
    GraphClient(
      transport: HTTPTransport(exchange: exchange), tokens: tokens, context: TestWorld().context)
  }

  /// A client whose every call is answered with a recorded answer.
  static func answering(
    _ fixture: String, repeating secret: String = "", tokens: FixedTokens = FixedTokens()
  ) throws -> GraphClient {
    let response = try Fixture("Graph", fixture).response(repeating: secret)
    return answering({ _ in response }, tokens: tokens)
  }

  /// A client whose every call is answered with this JSON text.
  static func answering(json: String) -> GraphClient {
    let response = HTTPExchangeResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: Data(json.utf8))
    return answering({ _ in response })
  }

  /// Makes a client secret for a connection of the tests.
  func addPassword(secret: String = "old8Q~secret") async throws -> ClientSecret {
    try await addPassword(
      named: "Magentrix D365 Secret", until: TestWorld.night.addingTimeInterval(86_400),
      DirectoryCaller(try .entra(), secret: SecretValue(secret)))
  }
}

extension DirectoryCaller {
  /// Somebody who asks for the connection of the tests.
  static func entra(secret: String = "old8Q~secret") throws -> DirectoryCaller {
    DirectoryCaller(try .entra(), secret: SecretValue(secret))
  }
}
