import Foundation
import Keyturn

/// `graph:` of a tenant.
extension SettingsReader {
  /// The public client of Azure CLI, which every tenant knows and which may use device codes.
  ///
  /// Source: Azure CLI, `azure-cli-core`, `auth/constants.py`.
  static let azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

  /// How Microsoft Graph may be used; nil after a complaint.
  mutating func graph(_ entry: Entry) -> GraphAccess? {
    let example = "graph: { sign_in: connection }"
    guard var section = section(entry, "'graph'", example: example) else { return nil }
    let observe = section.take("observe")
    let observed = observe.flatMap { word($0, of: ["connections", "all"]) }
    let timeout = section.take("observe_timeout").flatMap {
      period($0, from: CalendarPeriod(seconds: 60), to: .hours(24), example: "1h")
    }
    let include = section.take("include")
    let includes = include.flatMap { inclusions($0) }
    if let include, observed == "connections" || observe == nil {
      complain(
        at: include.place,
        "'include' belongs to 'observe: all': write observe: all, or leave it out")
    }
    guard let entry = required("sign_in", in: &section, example: "connection") else {
      closeWithoutSignIn(&section)
      return nil
    }
    let name = word(entry, of: SignInWord.allCases.map(\.rawValue))
    guard let word = name.flatMap(SignInWord.init) else {
      closeWithoutSignIn(&section)
      return nil
    }
    for key in SignInWord.keys where !word.keys.contains(key) {
      guard let stranger = section.take(key) else { continue }
      complain(
        at: stranger.place,
        "'\(key)' belongs to \(SignInWord.owners(of: key)), not to 'sign_in: \(word.rawValue)': "
          + "leave it out")
    }
    let signIn = signIn(word, &section)
    close(section, .graph)
    return signIn.map {
      GraphAccess(
        signIn: $0, observesAll: observed == "all", includes: includes ?? [],
        observeTimeout: timeout ?? GraphAccess.usualObserveTimeout)
    }
  }

  /// What is observed beside the client secrets of applications; nil after a complaint.
  private mutating func inclusions(_ entry: Entry) -> Set<GraphAccess.Inclusion>? {
    let words = GraphAccess.Inclusion.allCases.map(\.rawValue)
    guard let items = list(entry, example: "[\(words.joined(separator: ", "))]") else { return nil }
    let found = items.compactMap { word($0, of: words).flatMap(GraphAccess.Inclusion.init) }
    guard found.count == items.count else { return nil }
    return Set(found)
  }

  /// Which keys belong is unknown then; whether they are keys at all can still be said.
  private mutating func closeWithoutSignIn(_ section: inout Section) {
    for key in SignInWord.keys { _ = section.take(key) }
    close(section, .graph)
  }

  private mutating func signIn(
    _ word: SignInWord, _ section: inout Section
  ) -> GraphAccess.SignIn? {
    switch word {
    case .connection: return .connection
    case .azureCLI: return .azureCLI
    case .certificate:
      let clientID = ownClientID(&section)
      let example = "/etc/keyturn/graph.pem"
      let file = required("certificate_file", in: &section, example: example).flatMap {
        graphPath($0, example: example)
      }
      guard let clientID, let file else { return nil }
      return .certificate(clientID: clientID, file: file)
    case .clientSecret:
      let clientID = ownClientID(&section)
      let source = source(&section)
      guard let clientID, let source else { return nil }
      return .clientSecret(clientID: clientID, source: source)
    case .managedIdentity:
      return optional("client_id", in: &section) { $0.graphClientID($1) }.map {
        .managedIdentity(clientID: $0)
      }
    case .workloadIdentity:
      let clientID = optional("client_id", in: &section) { $0.graphClientID($1) }
      let file = optional("token_file", in: &section) {
        $0.graphPath($1, example: "/var/run/secrets/azure/tokens/azure-identity-token")
      }
      guard let clientID, let file else { return nil }
      return .workloadIdentity(clientID: clientID, tokenFile: file)
    case .deviceCode:
      return optional("client_id", in: &section) { $0.graphClientID($1) }.map {
        .deviceCode(clientID: $0 ?? Self.azureCLI)
      }
    }
  }

  /// The client id of an application that keyturn signs in as.
  private mutating func ownClientID(_ section: inout Section) -> String? {
    required("client_id", in: &section, example: Self.clientIDExample).flatMap { graphClientID($0) }
  }

  private mutating func source(_ section: inout Section) -> GraphAccess.SecretSource? {
    let example = "/etc/keyturn/graph.secret"
    switch (section.take("client_secret_file"), section.take("client_secret_command")) {
    case (let file?, nil):
      return graphPath(file, example: example).map { .file($0) }
    case (nil, let command?):
      return self.command(command, example: "[/usr/bin/pass, show, keyturn/graph]").map {
        .command($0)
      }
    case (_?, let command?):
      complain(
        at: command.place, "'client_secret_command' stands beside 'client_secret_file': keep one")
    case (nil, nil):
      complain(
        at: section.place,
        "'sign_in: client-secret' needs a secret: write client_secret_file: \(example), or a "
          + "'client_secret_command' that prints it")
    }
    return nil
  }

  private mutating func graphClientID(_ entry: Entry) -> String? {
    guard
      let text = text(
        entry, example: Self.clientIDExample, insteadOfSecret: Vocabulary.graph.insteadOfSecret)
    else { return nil }
    guard text.isGUID else {
      complain(
        at: entry.valuePlace,
        "'client_id' is the application (client) id, such as \(Self.clientIDExample), "
          + "not \(text.quotedUnlessSecret)")
      return nil
    }
    return text.lowercased()
  }

  private mutating func graphPath(_ entry: Entry, example: String) -> String? {
    path(entry, example: example, insteadOfSecret: Vocabulary.graph.insteadOfSecret)
  }

  /// A value that may be left out: `.some(nil)` where it is, nil after a complaint.
  private mutating func optional(
    _ key: String, in section: inout Section, _ read: (inout SettingsReader, Entry) -> String?
  ) -> String?? {
    guard let entry = section.take(key) else { return .some(nil) }
    return read(&self, entry).map { .some($0) }
  }

  private static let clientIDExample = "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"
}

/// The ways to sign in by their words in the file.
private enum SignInWord: String, CaseIterable {
  case connection
  case certificate
  case clientSecret = "client-secret"
  case managedIdentity = "managed-identity"
  case workloadIdentity = "workload-identity"
  case azureCLI = "azure-cli"
  case deviceCode = "device-code"

  /// Every key that belongs to some of them only.
  static let keys = [
    "client_id", "certificate_file", "client_secret_file", "client_secret_command", "token_file",
  ]

  /// Those of ``keys`` that belong to this one.
  var keys: [String] {
    switch self {
    case .connection, .azureCLI: []
    case .certificate: ["client_id", "certificate_file"]
    case .clientSecret: ["client_id", "client_secret_file", "client_secret_command"]
    case .workloadIdentity: ["client_id", "token_file"]
    case .managedIdentity, .deviceCode: ["client_id"]
    }
  }

  /// The ways to sign in that a key belongs to, as alternatives.
  static func owners(of key: String) -> String {
    let owners = allCases.filter { $0.keys.contains(key) }
    return Spelling.choice(of: owners.map { "sign_in: \($0.rawValue)" })
  }
}
