import Foundation
import Testing

/// Debian's glewlwyd: an OAuth 2 server that none of us wrote.
struct Glewlwyd: Sendable {
  let folder: URL
  private let facts: [String: String]

  var tokenEndpoint: String { facts["token_endpoint"] ?? "" }

  func secret() throws -> String {
    try String(contentsOfFile: facts["secret_file"] ?? "", encoding: .utf8)
  }

  /// Starts a server, lends it to the body, and stops it.
  static func run(_ body: (Glewlwyd) async throws -> Void) async throws {
    try await Programs.withFolder { folder in
      let up = try await Programs.run(["bash", Programs.script("glewlwyd.sh"), "up", folder.path])
        .ended(0)
      let pairs = up.lines.compactMap { line -> (String, String)? in
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }
      let server = Glewlwyd(
        folder: folder, facts: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
      do {
        try await body(server)
      } catch {
        try await server.stop()
        throw error
      }
      try await server.stop()
    }
  }

  /// Changes the client's secret at the server; glewlwyd knows one at a time.
  func setSecret(_ value: String) async throws {
    try await Programs.run(
      ["bash", Programs.script("glewlwyd.sh"), "set-secret", folder.path], input: value
    ).ended(0)
  }

  /// Makes the client `cert1`, which signs in with statements signed by the key of this public key.
  func trust(publicKey pem: String) async throws {
    try await Programs.run(
      ["bash", Programs.script("glewlwyd.sh"), "trust-key", folder.path], input: pem
    ).ended(0)
  }

  private func stop() async throws {
    try await Programs.run(["bash", Programs.script("glewlwyd.sh"), "down", folder.path]).ended(0)
  }

  /// An installation whose connection's secret lives at this server.
  func install() async throws -> Installed {
    let home = folder.appending(path: "keyturn")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    return try await Installed(
      in: home,
      configuration: """
        database: \(home.path)/keyturn.db
        store: { key_file: \(home.path)/store.key }
        tenants:
          idp: { token_endpoint: "\(tokenEndpoint)" }
        connections:
          \(Stage.name):
            tenant: idp
            client_id: \(facts["client_id"] ?? "")
            scope: dataverse
            secret_name: Partner Secret
            consumer: manual
        \(Installed.validation)
        """)
  }
}
