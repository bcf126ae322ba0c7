import Foundation
import Keyturn

/// What `keyturn.yaml` says, checked: every value is in its bounds and every name leads somewhere.
public struct Settings: Sendable, Equatable {
  /// Where the key that seals the records comes from.
  public enum KeySource: Sendable, Equatable {
    /// A file of its own.
    case file(String)
    /// The standard output of a program: its name and its arguments, without a shell.
    case command([String])
    /// The file of a systemd credential named `keyturn.key`.
    case credential(String)
  }

  /// The file that was read.
  public let file: String
  /// SHA-256 of the file's bytes, in hexadecimal.
  public let fingerprint: String
  /// The path of the database.
  public let database: String
  /// Where the store's key comes from.
  public let keySource: KeySource
  /// How a secret is proven.
  public let validation: ValidationSettings
  /// The policy of a connection that has none of its own.
  public let policy: Policy
  /// A PEM file with certificate authorities that are trusted beside the system's.
  public let certificateAuthorityFile: String?
  /// The proxy that every call goes through; nil where the environment decides.
  public let proxy: URL?
  /// The connections, in the order of the file.
  public let connections: [Connection]
  /// The tenants of which every application is observed, by their names.
  public let observedTenants: [AuthorizationServer]
  /// Whom the nightly check tells.
  public let telling: Telling

  private let positions: [String: Int]

  init(
    file: String, fingerprint: String, database: String, keySource: KeySource,
    validation: ValidationSettings, policy: Policy, certificateAuthorityFile: String?,
    proxy: URL?, connections: [Connection], observedTenants: [AuthorizationServer],
    telling: Telling
  ) {
    self.file = file
    self.fingerprint = fingerprint
    self.database = database
    self.keySource = keySource
    self.validation = validation
    self.policy = policy
    self.certificateAuthorityFile = certificateAuthorityFile
    self.proxy = proxy
    self.connections = connections
    self.observedTenants = observedTenants
    self.telling = telling
    positions = Dictionary(
      connections.indices.map { (connections[$0].name, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The connection of that name.
  ///
  /// Throws: ``KeyturnError`` with code `usage`, which names those that are spelled alike.
  public func connection(named name: String) throws(KeyturnError) -> Connection {
    if let position = positions[name] {
      return connections[position]
    }
    throw KeyturnError(
      .usage, "there is no connection '\(name.shown(upTo: 64))' in \(file.shown())",
      hints: [hint(for: name)])
  }

  private func hint(for name: String) -> String {
    let near = Spelling.nearest(to: name, among: connections.lazy.map(\.name))
    if !near.isEmpty {
      return "did you mean \(Spelling.choice(of: near))?"
    }
    switch connections.count {
    case 0:
      return "describe it under 'connections' in that file"
    case 1...8:
      return "there \(connections.count == 1 ? "is" : "are") "
        + connections.map { "'\($0.name)'" }.joined(separator: ", ")
    default:
      return "`keyturn status` lists all \(connections.count)"
    }
  }
}
