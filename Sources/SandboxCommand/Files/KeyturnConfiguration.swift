import Foundation

/// A configuration for `keyturn` that fits the sandbox.
struct KeyturnConfiguration: Sendable {
  let tenantID: String
  let clientID: String
  let baseURL: String
  let files: SandboxFiles
  let caFile: String
  let usesGraph: Bool

  var text: String {
    """
    # Made by keyturn-sandbox, for the simulated tenant at \(baseURL).
    database: \(quoted(files.path("keyturn.db")))

    tenants:
      contoso:
        id: \(tenantID)
        cloud: { login: \(quoted(baseURL)), graph: \(quoted(baseURL)) }
    \(usesGraph ? "    graph: { sign_in: connection }\n" : "")
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

  /// A YAML double-quoted scalar, which takes JSON's escapes.
  private func quoted(_ text: String) -> String {
    let escaped = text.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
