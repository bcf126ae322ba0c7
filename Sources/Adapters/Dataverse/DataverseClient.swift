import Foundation
import Keyturn
import NIOHTTP1

/// Asks a Dynamics 365 environment who a token's bearer is.
///
/// Source: Microsoft, "Compose HTTP requests and handle errors" and "WhoAmI function" of the
/// Dataverse Web API. It reads only; nothing here writes to an environment.
public struct DataverseClient: Resource {
  private let transport: HTTPTransport
  private let context: Context

  /// A client that sends through `transport`.
  public init(transport: HTTPTransport, context: Context) {
    self.transport = transport
    self.context = context
  }

  public func whoAmI(
    environment: URL, token: AccessToken
  ) async throws(CallFailure) -> ResourceIdentity {
    let requestID = context.uuid7()
    let headers: HTTPHeaders = [
      "Authorization": "Bearer \(token.value.reveal())",
      "Accept": "application/json",
      "OData-MaxVersion": "4.0",
      "OData-Version": "4.0",
      "client-request-id": requestID,
    ]
    let response: HTTPExchangeResponse
    do {
      response = try await transport.send(
        .get(environment.appending(path: "api/data/v9.2/WhoAmI"), headers: headers))
    } catch {
      throw error.callFailure
    }
    let refusal = DataverseRefusal(
      response, of: environment, requestID: requestID, withholding: token.value,
      now: context.now())
    guard response.status == 200 else { throw refusal.failure }
    guard let answer = try? JSONDecoder().decode(WhoAmIAnswer.self, from: response.body),
      let identity = answer.identity
    else { throw refusal.notAnIdentity }
    return identity
  }
}

/// The body of a WhoAmI answer.
private struct WhoAmIAnswer: Decodable {
  var organizationID: String
  var userID: String

  private enum CodingKeys: String, CodingKey {
    case organizationID = "OrganizationId"
    case userID = "UserId"
  }

  /// The ids in lower case, if they are GUIDs and not all zeros.
  var identity: ResourceIdentity? {
    let none = "00000000-0000-0000-0000-000000000000"
    guard let organization = UUID(uuidString: organizationID)?.uuidString.lowercased(),
      let user = UUID(uuidString: userID)?.uuidString.lowercased(),
      organization != none, user != none
    else { return nil }
    return ResourceIdentity(organizationID: organization, userID: user)
  }
}
