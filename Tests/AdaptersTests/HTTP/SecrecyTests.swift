import Foundation
import Keyturn
import NIOHTTP1
import TestSupport
import Testing

@testable import Adapters

/// Whatever a server sends back, no message repeats what was sent to it.
@Suite struct SecrecyTests {
  private static let value = "Xy8~Q+recognisable/=&%Z"
  private static let traces = [value, FormBody.encode(value), "recognisable"]

  @Test(arguments: try Fixture.names(in: "Entra"))
  func `no message of a token call holds the secret`(name: String) async throws {
    let recorded = try Fixture("Entra", name).response(repeating: Self.value)
    let server: Connection = try name.hasPrefix("standard") ? .standard() : .entra()
    for response in Self.echoes(of: recorded) {
      let client = TokenEndpointClient(
        transport: HTTPTransport { _ in response }, context: TestWorld().context)
      let outcome = await client.requestToken(for: server, secret: SecretValue(Self.value))
      guard let failure = outcome.failure else { continue }
      Self.expectSilence(failure)
    }
  }

  @Test(arguments: try Fixture.names(in: "Dataverse"))
  func `no message of WhoAmI holds the token`(name: String) async throws {
    let recorded = try Fixture("Dataverse", name).response(repeating: Self.value)
    let environment = try URL.written("https://contoso.crm.dynamics.com")
    for response in Self.echoes(of: recorded) {
      let client = DataverseClient(
        transport: HTTPTransport { _ in response }, context: TestWorld().context)
      do {
        _ = try await client.whoAmI(
          environment: environment, token: AccessToken(SecretValue(Self.value)))
      } catch {
        Self.expectSilence(error)
      }
    }
  }

  @Test(arguments: try Fixture.names(in: "Graph"))
  func `no message of Graph holds the token, the secret in use or the new one`(
    name: String
  ) async throws {
    let recorded = try Fixture("Graph", name).response(repeating: Self.value)
    let caller = try DirectoryCaller.entra(secret: Self.value)
    for response in Self.echoes(of: recorded) {
      let client = GraphClient.answering({ _ in response }, tokens: FixedTokens(Self.value))
      do throws(DirectoryFailure) {
        let end = TestWorld.night.addingTimeInterval(86_400)
        let secret = try await client.addPassword(named: "x", until: end, caller)
        #expect(!"\(secret)".contains("recognisable"))
      } catch {
        Self.expectSilence(error)
      }
      do throws(DirectoryFailure) {
        _ = try await client.newestSignIn(keyID: "x", caller)
      } catch {
        Self.expectSilence(error)
      }
    }
  }

  private static func expectSilence(_ failure: CallFailure) {
    expectSilence([
      failure.message, failure.remedy, "\(failure)", String(reflecting: failure),
    ])
  }

  private static func expectSilence(_ failure: DirectoryFailure) {
    expectSilence([
      failure.message, failure.remedy, "\(failure)", String(reflecting: failure),
    ])
  }

  private static func expectSilence(_ texts: [String]) {
    for text in texts {
      for trace in traces { #expect(!text.contains(trace), "\(text)") }
    }
  }

  /// The answer as it is, with each text of its JSON ending in the secret, with each header doing
  /// so, and with the body cut at every length.
  private static func echoes(of response: HTTPExchangeResponse) -> [HTTPExchangeResponse] {
    var echoes = [response]
    if let json = try? JSONSerialization.jsonObject(with: response.body),
      let body = try? JSONSerialization.data(withJSONObject: repeating(json))
    {
      var echo = response
      echo.body = body
      echoes.append(echo)
    }
    var echo = response
    echo.headers = HTTPHeaders(
      response.headers.map { ($0.name, $0.name == "Content-Type" ? $0.value : $0.value + value) }
        + [("x-ms-request-id", value), ("x-ms-service-request-id", value)])
    echoes.append(echo)
    for length in stride(from: 0, to: response.body.count, by: 7) {
      var echo = response
      echo.body = response.body.prefix(length)
      echoes.append(echo)
    }
    return echoes
  }

  private static func repeating(_ json: Any) -> Any {
    switch json {
    case let text as String: text + " " + value + " " + FormBody.encode(value)
    case let list as [Any]: list.map(repeating)
    case let object as [String: Any]: object.mapValues(repeating)
    default: json
    }
  }
}
