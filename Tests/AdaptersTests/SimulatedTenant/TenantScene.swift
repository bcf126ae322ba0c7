import Foundation
import SimulatedTenant

/// A tenant with one application that has a secret, and one that may do everything.
final class TenantScene {
  static let start = Date(timeIntervalSince1970: 1_795_312_800)  // 2026-11-22T02:00:00Z
  static let environment = "https://contoso.crm.dynamics.com"

  var tenant: Tenant
  let application: RegisteredApplication
  let secret: IssuedSecret
  let automation: RegisteredApplication

  init(seed: UInt64 = 7, replication: Replication = .none) {
    tenant = Tenant(seed: seed, now: Self.start, replication: replication)
    application = tenant.register(
      ApplicationRegistration(
        displayName: "Magentrix D365 OAuth 2",
        secrets: [Self.secret(from: -707, to: 23)]))
    var registration = ApplicationRegistration(
      displayName: "Automation", secrets: [Self.secret(from: -1, to: 90)])
    registration.appRoles = ["Application.ReadWrite.All", "Policy.Read.All"]
    automation = tenant.register(registration)
    tenant.addEnvironment(urls: [Self.environment], applicationUsers: [application.appID])
    secret = application.history[0]
  }

  static func secret(from: Int, to: Int) -> ApplicationRegistration.Secret {
    ApplicationRegistration.Secret(
      displayName: "seeded", startsAt: start.addingTimeInterval(Double(from) * 86_400),
      expiresAt: start.addingTimeInterval(Double(to) * 86_400))
  }

  // MARK: - Token endpoint

  func askForToken(
    _ form: KeyValuePairs<String, String>, tenant name: String? = nil,
    headers: HeaderFields = [:], method: String = "POST"
  ) -> TenantAnswer {
    let allowed = CharacterSet.alphanumerics
    let body = form.map { name, value in
      "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
    }
    let url = "https://login.microsoftonline.com/\(name ?? tenant.id)/oauth2/v2.0/token"
    return TenantAnswer(
      tenant.respond(
        to: TenantRequest(
          method, url, headers: headers, body: Data(body.joined(separator: "&").utf8))))
  }

  func askForToken(
    of appID: String? = nil, secret value: String,
    scope: String = TenantScene.environment + "/.default",
    tenant name: String? = nil
  ) -> TenantAnswer {
    askForToken(
      [
        "client_id": appID ?? application.appID, "scope": scope, "client_secret": value,
        "grant_type": "client_credentials",
      ], tenant: name)
  }

  /// Whether the token endpoint accepts a value, asked once.
  func accepts(_ value: String) -> Bool { askForToken(secret: value).status == 200 }

  func graphToken(of application: RegisteredApplication? = nil) -> String {
    let client = application ?? automation
    return askForToken(
      of: client.appID, secret: client.history[0].value,
      scope: "https://graph.microsoft.com/.default"
    ).text("access_token") ?? ""
  }

  // MARK: - Graph and Dataverse

  func graph(
    _ method: String, _ path: String, token: String? = nil, body: String = "",
    headers: HeaderFields = [:]
  ) -> TenantAnswer {
    var headers = headers
    let token = token ?? graphToken()
    headers["Authorization"] = token.isEmpty ? nil : "Bearer \(token)"
    let url = path.hasPrefix("https://") ? path : "https://graph.microsoft.com/v1.0" + path
    return TenantAnswer(
      tenant.respond(to: TenantRequest(method, url, headers: headers, body: Data(body.utf8))))
  }

  func addPassword(_ body: String = "{}", token: String? = nil) -> TenantAnswer {
    graph("POST", "/applications/\(application.objectID)/addPassword", token: token, body: body)
  }

  func removePassword(_ keyID: String, token: String? = nil) -> TenantAnswer {
    graph(
      "POST", "/applications(appId='\(application.appID)')/removePassword", token: token,
      body: #"{"keyId":"\#(keyID)"}"#)
  }

  /// The key ids that one read of Graph shows.
  func shownKeyIDs(token: String? = nil) -> Set<String> {
    let answer = graph("GET", "/applications/\(application.objectID)", token: token)
    let passwords = answer.json["passwordCredentials"] as? [[String: Any]] ?? []
    return Set(passwords.compactMap { $0["keyId"] as? String })
  }

  func dataverse(_ path: String, token: String?) -> TenantAnswer {
    var headers: HeaderFields = [:]
    headers["Authorization"] = token.map { "Bearer \($0)" }
    let url = "\(Self.environment)/api/data/v9.2/\(path)"
    return TenantAnswer(tenant.respond(to: TenantRequest("GET", url, headers: headers)))
  }

  func environmentToken() -> String {
    askForToken(secret: secret.value).text("access_token") ?? ""
  }
}
