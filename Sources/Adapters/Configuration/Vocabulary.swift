import Keyturn

/// The keys that a section of the file knows, and those that get an answer of their own.
struct Vocabulary: Sendable {
  /// The keys of this version.
  var keys: [String]
  /// Keys of other versions, each with what to do instead.
  var later: [String: String] = [:]
  /// Keys of other sections that are often written into this one, each with where it belongs.
  var elsewhere: [String: String] = [:]
  /// Where a secret goes that somebody wrote into this section.
  var insteadOfSecret =
    "`keyturn record NAME` asks for a client secret and seals it in the store"
}

extension Vocabulary {
  static let file = Vocabulary(
    keys: [
      "database", "tenants", "connections", "store", "validation", "policy", "tls", "proxy",
      "notify", "metrics", "heartbeat",
    ])

  static let tenant = Vocabulary(
    keys: ["id", "cloud", "graph", "token_endpoint"])

  static let graph = Vocabulary(
    keys: [
      "sign_in", "observe", "include", "observe_timeout", "client_id", "certificate_file",
      "client_secret_file", "client_secret_command", "token_file",
    ],
    insteadOfSecret: "'client_secret_file' or 'client_secret_command' names where it comes from")

  static let cloud = Vocabulary(keys: ["login", "graph", "portal"])

  static let connection = Vocabulary(
    keys: [
      "tenant", "client_id", "environment", "scope", "secret_name", "consumer", "consumers",
      "portal", "owner", "policy",
    ],
    elsewhere: Dictionary(
      uniqueKeysWithValues: policy.keys.map { ($0, "'policy': write policy: { \($0): … }") }))

  static let consumer = Vocabulary(keys: ["name", "type", "portal"])

  static let store = Vocabulary(
    keys: ["type", "key_file", "key_command"],
    insteadOfSecret: "'key_file' or 'key_command' names where the store's key comes from")

  static let validation = Vocabulary(keys: ["successes", "interval", "timeout", "every"])

  static let policy = Vocabulary(
    keys: [
      "lifetime", "warn_before", "critical_before", "rotate", "rotate_before", "standby", "grace",
    ])

  static let tls = Vocabulary(keys: ["ca_file"])

  static let notify = Vocabulary(keys: ["routes", "rules"])

  static let route = Vocabulary(
    keys: ["email", "webhook", "alertmanager", "command"],
    elsewhere: [
      "to": "'email': write email: { to: […] }", "from": "'email': write email: { from: … }",
      "url": "'webhook' or 'alertmanager': write webhook: { url: … }",
      "url_file": "'webhook': write webhook: { url_file: … }",
    ])

  static let email = Vocabulary(keys: ["to", "from", "via", "tenant"])

  static let webhook = Vocabulary(
    keys: ["url", "url_file", "format", "secret_file"],
    insteadOfSecret: "'secret_file' names the file with what signs the messages")

  static let alertmanager = Vocabulary(keys: ["url"])

  static let rule = Vocabulary(
    keys: ["route", "severity", "within", "tenant", "connection", "owner"])

  static let metrics = Vocabulary(keys: ["textfile"])

  static let heartbeat = Vocabulary(
    keys: ["url_file"], elsewhere: ["url": "the key itself: write heartbeat: https://…"])
}

extension Vocabulary {
  /// What is wrong with a key that is none of ``keys``; the phrase is whole.
  func complaint(about key: String, in section: String) -> String {
    let shown = key.shown(upTo: 64)
    if let instead = later[key] {
      return "'\(shown)' is not available in this version: \(instead)"
    }
    if let home = elsewhere[key] {
      return "'\(shown)' belongs to \(home)"
    }
    if Self.namesSecret(key) {
      return "'\(shown)': secrets never stand in the configuration; \(insteadOfSecret)"
    }
    let near = Spelling.nearest(to: key, among: keys)
    let advice =
      near.isEmpty
      ? "known \(keys.count == 1 ? "is" : "are") \(keys.joined(separator: ", "))"
      : "did you mean \(Spelling.choice(of: near))?"
    return "unknown key '\(shown)' in \(section): \(advice)"
  }

  /// Whether a key is one that people write a secret behind.
  private static func namesSecret(_ key: String) -> Bool {
    let word = key.lowercased().filter { $0 != "_" && $0 != "-" }
    let endings = ["secret", "secretvalue", "password", "passphrase", "passwd", "token", "key"]
    return ["value", "pwd", "credential", "credentials"].contains(word)
      || endings.contains { word.hasSuffix($0) }
  }
}
