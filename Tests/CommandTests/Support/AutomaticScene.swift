import Foundation
import Testing

/// An application of its own in a sandbox, and an installation that renews its secret by itself.
///
/// The seeded secret has 23 days left, so that the first check replaces it. What waits, waits for real:
/// the settings keep that short.
struct AutomaticScene: Sendable {
  /// What the tenant itself says about one secret.
  struct Truth: Sendable {
    let keyID: String
    let name: String
    let isRemoved: Bool
  }

  let sandbox: RunningSandbox
  let installed: Installed
  let clientID: String

  /// Registers the application, and makes its seeded secret current; nobody has to be told of a new
  /// one, and `grace` says how long the old one is kept.
  init(in sandbox: RunningSandbox, named name: String, grace: String) async throws {
    self.sandbox = sandbox
    let made = try await sandbox.curl(
      "/_sandbox/applications", ["-d", #"{"display_name":"\#(name)","days_left":23}"#]
    ).json
    let secret = try #require(made["secret"] as? [String: Any])
    clientID = try #require(made["app_id"] as? String)
    let folder = sandbox.folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    installed = try await Installed(
      in: folder,
      configuration: Self.configuration(in: folder, sandbox, clientID, grace: grace))
    try await installed.run(
      "record", Stage.name, "--expires", #require(secret["expires_at"] as? String), "--key-id",
      #require(secret["key_id"] as? String), "--secret-stdin",
      input: #require(secret["value"] as? String)
    ).ended(0)
  }

  /// The sandbox's configuration for another folder and application, with nobody to hand over to.
  private static func configuration(
    in folder: URL, _ sandbox: RunningSandbox, _ clientID: String, grace: String
  ) throws -> String {
    let policy = "policy: { rotate: automatic, rotate_before: 30d, grace: \(grace) }"
    let text = try sandbox.file("keyturn.yaml")
      .replacing(sandbox.clientID, with: clientID)
      .replacing("consumer: magentrix", with: "consumer: none\n    \(policy)")
    return ["keyturn.db", "store.key"].reduce(text) {
      $0.replacing("\(sandbox.folder.path)/\($1)", with: "\(folder.path)/\($1)")
    } + "\nvalidation: { successes: 2, interval: 1s, timeout: 60s }\n"
  }

  /// Every secret that the application ever had, in the order of making.
  func truth() async throws -> [Truth] {
    let reply = try await sandbox.curl("/_sandbox/applications/\(clientID)")
    let secrets = try #require(reply.json["secrets"] as? [[String: Any]])
    return try secrets.map {
      Truth(
        keyID: try #require($0["key_id"] as? String), name: $0["display_name"] as? String ?? "",
        isRemoved: $0["removed_at"] is String)
    }
  }

  /// The key ids of the secrets that exist.
  func existing() async throws -> Set<String> {
    Set(try await truth().filter { !$0.isRemoved }.map(\.keyID))
  }

  /// What `status --json` says of the connection.
  func state() async throws -> [String: Any] {
    let document = try await installed.run("status", "--json").json()
    return try #require((document["connections"] as? [[String: Any]])?.first)
  }

  /// The key ids in the slots of a state.
  static func keyIDs(in state: [String: Any]) -> Set<String> {
    Set(
      ["current", "previous", "pending"].compactMap {
        (state[$0] as? [String: Any])?["key_id"] as? String
      })
  }
}
