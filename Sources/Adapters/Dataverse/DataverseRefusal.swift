import Foundation
import Keyturn
import NIOHTTP1

/// What an answer of the Dataverse Web API means that does not say who we are.
///
/// Source: Microsoft, "Compose HTTP requests and handle errors", and "Service protection API
/// limits".
struct DataverseRefusal {
  private let response: HTTPExchangeResponse
  private let host: String
  private let requestID: String
  private let token: SecretValue
  private let error: ErrorBody?
  private let retryAfter: TimeInterval?

  init(
    _ response: HTTPExchangeResponse, of environment: URL, requestID: String,
    withholding token: SecretValue, now: Date
  ) {
    self.response = response
    host = (environment.host() ?? "the environment").shown(upTo: 100)
    self.requestID = response.headers.first(name: "x-ms-service-request-id") ?? requestID
    self.token = token
    error = try? JSONDecoder().decode(ErrorBody.self, from: response.body)
    retryAfter = RetryAfter.seconds(in: response.headers, now: now)
  }

  /// A 200 without an organization and a user.
  var notAnIdentity: CallFailure {
    failure(
      .transient(retryAfter: nil), "answered 200 with \(response.bodyKind) in place of who we are",
      "check the environment's address, and whether a proxy or a sign-in page answers in its place")
  }

  /// Any other answer.
  var failure: CallFailure {
    switch response.status {
    case 401: unauthorized
    case 403: forbidden
    case 404:
      failure(
        .blocked, "has no Web API at this address (404)",
        "compare environment: with the Environment URL at"
          + " https://admin.powerplatform.microsoft.com/manage/environments")
    case 429: throttled
    case 408, 500...:
      failure(
        .transient(retryAfter: retryAfter), "is not available (\(response.status)\(details))",
        "run the command again later; the environment may be restarting or updated")
    default:
      failure(
        .blocked, "does not accept the call (\(response.status)\(details))",
        "check that environment: is the address of a Dynamics 365 environment, without a path")
    }
  }

  /// The token was good for Microsoft Entra, but not for this environment.
  ///
  /// The answer tells which directory the environment belongs to.
  private var unauthorized: CallFailure {
    let field = response.headers.first(name: "WWW-Authenticate") ?? ""
    let pattern = /authorization_uri="?https:\/\/[^\/\s,"]+\/([0-9A-Za-z.-]{1,64})/
    guard let match = field.firstMatch(of: pattern), match.1 != "common" else {
      return failure(
        .blocked, "does not accept the token (401\(details))",
        "check that environment: is the environment the token is for, without a path")
    }
    let tenant = String(match.1).quoted(upTo: 64, withholding: token)
    return failure(
      .blocked, "does not accept the token (401); it belongs to the tenant \(tenant)",
      "compare that with the tenant's id in the configuration, and environment: with the"
        + " environment's own address")
  }

  private var forbidden: CallFailure {
    switch error?.code?.lowercased() {
    case "0x80072560":
      failure(
        .blocked,
        "does not know the application (403 0x80072560): it has no application user there, or the"
          + " token is from another tenant than the environment's",
        "add it at https://admin.powerplatform.microsoft.com: Manage > Environments > (environment)"
          + " > Settings > Users + permissions > Application users > + New app user > + Add an app,"
          + " then business unit, security roles, Create")
    case "0x80040225":
      failure(
        .blocked, "has disabled the application user (403 0x80040225)",
        "activate it: Power Platform admin center > Manage > Environments > (environment) >"
          + " Settings > Users + permissions > Application users")
    case "0x80040220":
      failure(
        .blocked, "does not give the application user the rights it needs (403\(details))",
        "give it a security role: Power Platform admin center > Manage > Environments >"
          + " (environment) > Settings > Users + permissions > Application users > Edit security"
          + " roles")
    default:
      failure(
        .blocked, "forbids the call (403\(details.isEmpty ? ", \(response.bodyKind)" : details))",
        "check the application user's state and roles, and whether the environment's firewall lets"
          + " this machine's network in")
    }
  }

  /// The limits of 5 minutes, each with what brings it about.
  private var throttled: CallFailure {
    let patience = "wait some minutes; only calls of the same application user count"
    return switch error?.code?.lowercased() {
    case "0x80072322", "-2147015902":
      failure(
        .transient(retryAfter: retryAfter),
        "has had too many requests of this application user in 5 minutes (429 0x80072322)",
        patience)
    case "0x80072321", "-2147015903":
      failure(
        .transient(retryAfter: retryAfter),
        "has worked too long for this application user in 5 minutes (429 0x80072321)", patience)
    case "0x80072326", "-2147015898":
      failure(
        .transient(retryAfter: retryAfter),
        "has too many requests of this application user at once (429 0x80072326)", patience)
    default:
      failure(.transient(retryAfter: retryAfter), "asks to wait (429\(details))", patience)
    }
  }

  private func failure(
    _ verdict: CallFailure.Verdict, _ what: String, _ remedy: String
  ) -> CallFailure {
    CallFailure(
      verdict, "\(host) \(what) (request \(requestID.quoted(upTo: 64, withholding: token)))",
      remedy: remedy)
  }

  /// The environment's code and words, if it sent any.
  private var details: String {
    let parts = [
      error?.code.map { " \($0.quoted(upTo: 40, withholding: token))" },
      error?.message.map { ": \($0.quoted(upTo: 300, withholding: token))" },
    ]
    return parts.compactMap { $0 }.joined()
  }
}

/// The body of an error: `{"error":{"code":"0x…","message":"…"}}`; empty members count as absent.
private struct ErrorBody: Decodable {
  var code: String?
  var message: String?

  private enum Outer: String, CodingKey { case error }
  private enum Inner: String, CodingKey { case code, message }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Outer.self)
      .nestedContainer(keyedBy: Inner.self, forKey: .error)
    func text(_ key: Inner) -> String? {
      if let number = try? members.decode(Int.self, forKey: key) { return String(number) }
      guard let text = try? members.decode(String.self, forKey: key) else { return nil }
      return text.isEmpty ? nil : text
    }
    code = text(.code)
    message = text(.message)
  }
}
