import Foundation
import Keyturn
import NIOHTTP1

/// Refusals by any other authorization server.
///
/// Source: RFC 6749 section 5.2. Not all servers keep to it: some answer 403 without a body to a
/// wrong secret, some have error words of their own.
extension TokenReading {
  /// What an answer other than 200 means.
  var standardRefusal: CallFailure {
    if response.isTransient || answer?.error == "temporarily_unavailable" { return unavailable }
    if let error = answer?.error, let (explanation, remedy) = explained(error) {
      return CallFailure(.blocked, "\(host) \(explanation)\(details)", remedy: remedy)
    }
    // A page for people comes from something in between, and says nothing about the secret.
    let isPage = response.headers.first(name: "Content-Type")?.contains("html") == true
    if answer?.error == "invalid_client" || ([401, 403].contains(response.status) && !isPage) {
      return CallFailure(
        .refused, "\(host) refuses this client id and secret\(details)",
        remedy: "check client_id and the secret, and that the server accepts them in the form"
          + " (client_secret_post)")
    }
    if response.status == 404 {
      return CallFailure(
        .blocked, "\(host) has no token endpoint at this address\(details)",
        remedy: "check token_endpoint in the configuration")
    }
    let came = answer?.error == nil ? " with \(response.bodyKind)" : ""
    return CallFailure(
      .blocked, "\(host) does not accept the request\(details)\(came)",
      remedy: "check token_endpoint and scope in the configuration")
  }

  private func explained(_ error: String) -> (explanation: String, remedy: String)? {
    switch error {
    case "invalid_request":
      (
        "finds a part of the request missing or wrong",
        "check token_endpoint, client_id and scope in the configuration"
      )
    case "invalid_grant", "unsupported_grant_type":
      (
        "does not support the client credentials grant",
        "switch the client credentials grant on in the authorization server"
      )
    case "unauthorized_client":
      (
        "knows the client, which may not use the client credentials grant",
        "allow the client credentials grant for this client in the authorization server"
      )
    case "access_denied":
      (
        "does not let this client in",
        "look at the policies for this client in the authorization server"
      )
    case "invalid_scope", "scope_invalid", "invalid_target", "invalid_resource":
      (
        "does not know the scope, or does not allow it for this client",
        "check scope in the configuration against what the authorization server grants this client"
      )
    default: nil
    }
  }

  private var unavailable: CallFailure {
    let state = response.status == 429 ? "asks to wait" : "is not available"
    return CallFailure(
      .transient(retryAfter: retryAfter), "\(host) \(state)\(details)",
      remedy: "run the command again later")
  }

  /// The status with the server's own words, in brackets.
  private var details: String {
    let error = answer?.error.map { " \(quote($0, upTo: 60))" } ?? ""
    let words = answer?.ownWords.map { ": \(quote($0, upTo: 200))" } ?? ""
    return " (\(response.status)\(error)\(words))"
  }
}
