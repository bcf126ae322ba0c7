import Foundation
import SimulatedTenant

/// A configuration for `keyturn` that fits the sandbox.
struct KeyturnConfiguration: Sendable {
  let tenantID: String
  let clientID: String
  let automationID: String
  let baseURL: String
  let files: SandboxFiles
  let caFile: String
  let usesGraph: Bool
  /// Whether every application of the tenants is observed, and not the connection's alone.
  var observesAll = false
  var furtherTenants: [FurtherTenant] = []

  var text: String {
    """
    # Made by keyturn-sandbox, for the simulated tenant at \(baseURL).
    database: \(quoted(files.path("keyturn.db")))

    tenants:
      contoso:
        id: \(tenantID)
        cloud: { login: \(quoted(baseURL)), graph: \(quoted(baseURL)) }
    \(graph)\(furtherTenants.map(entry).joined())
    connections:
      magentrix-d365:
        tenant: contoso
        client_id: \(clientID)
        environment: \(quoted(baseURL))
        secret_name: Magentrix D365 Secret
        consumer: magentrix

    store:
      type: embedded
      key_file: \(quoted(files.path("store.key")))

    tls: { ca_file: \(quoted(caFile)) }

    """
  }

  private func entry(of tenant: FurtherTenant) -> String {
    let file = quoted(files.path(tenant.secretFile))
    return """
        \(tenant.name):
          id: \(tenant.tenant.id)
          cloud: { login: \(quoted(baseURL)), graph: \(quoted(baseURL)) }
          graph: { sign_in: client-secret, client_id: \(tenant.automation.appID), \
      client_secret_file: \(file), observe: all }

      """
  }

  /// Every way to sign in to Graph that can be tried here; without `--graph` all of them hidden.
  private var graph: String {
    let connection = "graph: { sign_in: connection }"
    let application = "client_id: \(automationID)"
    let machine = "MSAL_MANAGED_IDENTITY_ENDPOINT=\(baseURL)/metadata/identity/oauth2/token"
    var ways = [
      "sign_in: certificate, \(application), certificate_file: \(quoted(files.path("automation.pem")))",
      "sign_in: client-secret, \(application), client_secret_file: "
        + quoted(files.path("automation-secret")),
      "sign_in: workload-identity, \(application), token_file: "
        + quoted(files.path("platform-token")),
      "sign_in: device-code", "sign_in: managed-identity",
    ]
    if observesAll { return "    graph: { \(ways.remove(at: 1)), observe: all }\n" }
    let lines =
      (usesGraph ? [connection, "# Or one of:"] : ["# To use Graph, one of:", "#\(connection)"])
      + ways.map { "#graph: { \($0) }" } + ["# The last one with \(machine)"]
    return lines.map { "    \($0)\n" }.joined()
  }

  /// A YAML double-quoted scalar, which takes JSON's escapes.
  private func quoted(_ text: String) -> String {
    let escaped = text.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
