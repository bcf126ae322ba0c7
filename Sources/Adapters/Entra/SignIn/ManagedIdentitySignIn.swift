import Foundation
import Keyturn
import NIOHTTP1

/// Signs in as the managed identity of the machine; there is no credential to keep.
struct ManagedIdentitySignIn: Sendable {
  /// Seconds before each repetition of a call that may succeed later.
  ///
  /// Source: Microsoft, "How to use managed identities to acquire an access token", "Retry guidance".
  private static let delays: [TimeInterval] = [0, 2, 6, 14, 30]
  /// How long the metadata service is away while it is updated (410), in seconds.
  private static let update: TimeInterval = 70
  private static let updateStep: TimeInterval = 10

  let world: SignInWorld
  let tenant: SignInTenant
  /// Chooses among several identities.
  let clientID: String?
  /// Where Azure Arc leaves the keys that only administrators of the server can read.
  var arcKeys = "/var/opt/azcmagent/tokens"

  /// A token.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    let host = try ManagedIdentityHost(world.environment)
    let (name, value) = host.headerField
    var headers: HTTPHeaders = ["Accept": "application/json"]
    headers.add(name: name, value: value)
    var response = try await answer(from: host, headers)
    if case .arc = host, response.status == 401 {
      headers.add(name: "Authorization", value: "Basic \(try arcKey(named: response))")
      response = try await answer(from: host, headers)
    }
    return try granted(response, host)
  }

  private func granted(
    _ response: HTTPExchangeResponse, _ host: ManagedIdentityHost
  ) throws(GraphSignInFailure) -> GrantedToken {
    let answer = try? JSONDecoder().decode(TokenAnswer.self, from: response.body)
    guard response.status == 200, let text = answer?.accessToken,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw refusal(response, answer, host) }
    let now = world.context.now()
    let end =
      answer?.expiresOn.map { Date(timeIntervalSince1970: TimeInterval($0)) }
      ?? now.addingTimeInterval(TimeInterval(answer?.expiresIn ?? 0))
    return GrantedToken(token: AccessToken(SecretValue(text)), expiresAt: end)
  }

  // MARK: - Asking

  private func answer(
    from host: ManagedIdentityHost, _ headers: HTTPHeaders
  ) async throws(GraphSignInFailure) -> HTTPExchangeResponse {
    var query = [
      URLQueryItem(name: "api-version", value: host.apiVersion),
      URLQueryItem(name: "resource", value: tenant.resource),
    ]
    if let clientID { query.append(URLQueryItem(name: "client_id", value: clientID)) }
    let url = host.url.appending(queryItems: query)
    var delays = Self.delays[...]
    var updated: TimeInterval = 0
    while true {
      let response: HTTPExchangeResponse
      do {
        response = try await world.transport.send(
          .get(url, headers: headers), plainHTTP: .onThisLink)
      } catch {
        throw unreachable(error)
      }
      switch response.status {
      case 410 where updated < Self.update:
        updated += Self.updateStep
        try await wait(Self.updateStep)
      case 404, 429, 500...:
        guard let delay = delays.popFirst() else { return response }
        let asked = RetryAfter.seconds(in: response.headers, now: world.context.now()) ?? 0
        try await wait(max(delay, min(asked, 60)))
      default: return response
      }
    }
  }

  private func wait(_ seconds: TimeInterval) async throws(GraphSignInFailure) {
    guard seconds > 0 else { return }
    do {
      try await world.context.sleep(seconds)
    } catch {
      throw GraphSignInFailure(error)
    }
  }

  // MARK: - Azure Arc

  /// The key that proves to the agent of Azure Arc who asks.
  ///
  /// Source: Microsoft, "Authenticate against Azure resources with Azure Arc-enabled servers".
  private func arcKey(named response: HTTPExchangeResponse) throws(GraphSignInFailure) -> String {
    let challenge = response.headers.first(name: "WWW-Authenticate") ?? ""
    let path = challenge.firstMatch(of: /^Basic realm=(\S+)$/).map { String($0.1) } ?? ""
    let name = path.hasPrefix(arcKeys + "/") ? path.dropFirst(arcKeys.count + 1) : ""
    // Whoever answers must not have any other file sent to it.
    guard name.hasSuffix(".key"), !name.contains("/") else {
      throw GraphSignInFailure(
        "the agent of Azure Arc names no key file in \(arcKeys)",
        remedy: "check its state with: azcmagent show")
    }
    do {
      let file = SecretFile(
        title: "the key of Azure Arc", path: path, isShared: true,
        restoring: "let the user that runs keyturn be in the group himds")
      return try file.read().trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw GraphSignInFailure(error)
    }
  }

  // MARK: - Failures

  private func unreachable(_ failure: TransportFailure) -> GraphSignInFailure {
    let call = failure.callFailure
    var result = GraphSignInFailure(call)
    result.message = "the service for managed identities can't be reached: \(call.message)"
    result.remedy =
      "managed identities exist on machines of Azure and of Azure Arc only; elsewhere choose another"
      + " sign_in"
    return result
  }

  private func refusal(
    _ response: HTTPExchangeResponse, _ answer: TokenAnswer?, _ host: ManagedIdentityHost
  ) -> GraphSignInFailure {
    let header = SecretValue(host.headerField.value)
    let words = answer?.description ?? answer?.error
    let quoted = words.map { ": \($0.quoted(upTo: 200, withholding: header))" } ?? ""
    let details = "(\(response.status)\(quoted))"
    if response.isTransient || response.status == 410 || response.status == 404 {
      return GraphSignInFailure(
        .later(retryAfter: RetryAfter.seconds(in: response.headers, now: world.context.now())),
        "the service for managed identities is not ready \(details)",
        remedy: "run the command again later")
    }
    if response.status == 200 {
      return GraphSignInFailure(
        "the service for managed identities answered with \(response.bodyKind) in place of a token",
        remedy: "check what answers at its address")
    }
    if answer?.error == "invalid_resource" {
      return GraphSignInFailure(
        "the tenant does not know Microsoft Graph by the address \(tenant.resource) \(details)",
        remedy: "check cloud: in the configuration")
    }
    let whose = clientID.map { "with the client id \($0)" } ?? "of its own"
    return GraphSignInFailure(
      "the machine has no managed identity \(whose), or may not use it \(details)",
      remedy: clientID == nil
        ? "switch on Identity > System assigned, or name a user-assigned identity with client_id"
        : "assign the identity to the machine under Identity > User assigned, or correct client_id")
  }
}
