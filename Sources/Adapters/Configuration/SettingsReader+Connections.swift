import Foundation
import Keyturn

/// `connections:` with what is below.
extension SettingsReader {
  /// What a connection refers to, or is made with where it says nothing itself.
  struct Surroundings {
    var tenants: [String: AuthorizationServer?]
    var policy: Policy
  }

  /// The connections of the file, in its order, without those about which there was a complaint.
  mutating func connections(_ entry: Entry, in surroundings: Surroundings) -> [Connection] {
    let example = "connections: { crm: { tenant: contoso, client_id: …, environment: … } }"
    guard let section = section(entry, "'connections'", example: example) else { return [] }
    var connections: [Connection] = []
    connections.reserveCapacity(section.entries.count)
    for entry in section.entries {
      if let connection = connection(entry, in: surroundings) {
        connections.append(connection)
      }
    }
    return connections
  }

  private mutating func connection(_ entry: Entry, in surroundings: Surroundings) -> Connection? {
    guard isName(entry, of: "connection"),
      var section = section(
        entry, "connection '\(entry.name)'",
        example: "\(entry.name): { tenant: contoso, client_id: …, environment: … }")
    else { return nil }
    let server = server(required("tenant", in: &section, example: "contoso"), surroundings.tenants)
    let example = "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b"
    let clientID = required("client_id", in: &section, example: example).flatMap {
      self.clientID($0, at: server, example: example)
    }
    let target = target(&section, at: server)
    let secretName = section.take("secret_name").map {
      text($0, upTo: 80, example: Self.secretName)
    }
    let consumers = consumers(&section, standard: target?.environment == nil ? .manual : .magentrix)
    let owner = section.take("owner").flatMap { text($0, example: "crm-admins@contoso.com") }
    let policyEntry = section.take("policy")
    let policy =
      policyEntry.flatMap { self.policy($0, over: surroundings.policy) } ?? surroundings.policy
    close(section, .connection)
    if let server, policy.rotate == .automatic {
      expectGraph(at: server, for: section, place: policyEntry?.place ?? section.place)
    }
    guard let server, let clientID, let target, let consumers else { return nil }
    return Connection(
      name: entry.name, server: server, clientID: clientID, environment: target.environment,
      scope: target.scope, secretName: (secretName ?? nil) ?? Self.secretName,
      consumers: consumers, owner: owner, policy: policy)
  }

  /// Complains where nothing can make a connection's secrets at night.
  private mutating func expectGraph(
    at server: AuthorizationServer, for section: Section, place: Place
  ) {
    let cause = "\(section.title) has 'rotate: automatic'"
    guard let graph = server.graph else {
      let isEntra = if case .entra = server.kind { true } else { false }
      complain(
        at: place,
        "\(cause), but its tenant '\(server.name)' has no 'graph': write policy: { rotate: guided }"
          + (isEntra ? ", or graph: { sign_in: connection } in the tenant" : ""))
      return
    }
    if !graph.isUnattended {
      complain(
        at: place,
        "\(cause), but its tenant '\(server.name)' has 'sign_in: device-code', and at night nobody "
          + "is there to enter a code: choose another 'sign_in', or write policy: { rotate: guided }"
      )
    }
  }

  private static let secretName = "Magentrix D365 Secret"

  private mutating func server(
    _ entry: Entry?, _ tenants: [String: AuthorizationServer?]
  ) -> AuthorizationServer? {
    guard let entry, let name = content(entry, example: "contoso") else { return nil }
    if let tenant = tenants[name] {
      return tenant
    }
    complain(
      at: entry.valuePlace,
      "there is no tenant \(name.quotedUnlessSecret): \(Self.advice(on: name, among: tenants.keys))"
    )
    return nil
  }

  private static func advice(on name: String, among tenants: some Sequence<String>) -> String {
    let near = Spelling.nearest(to: name, among: tenants)
    return near.isEmpty
      ? "describe it under 'tenants'" : "did you mean \(Spelling.choice(of: near))?"
  }

  private mutating func clientID(
    _ entry: Entry, at server: AuthorizationServer?, example: String
  ) -> String? {
    guard let text = text(entry, example: example) else { return nil }
    guard case .entra = server?.kind else { return text }
    guard text.isGUID else {
      complain(
        at: entry.valuePlace,
        "'client_id' is the application (client) id, such as \(example), not \(text.quotedUnlessSecret)"
      )
      return nil
    }
    return text.lowercased()
  }

  private mutating func target(
    _ section: inout Section, at server: AuthorizationServer?
  ) -> (environment: URL?, scope: String)? {
    switch (section.take("environment"), section.take("scope")) {
    case (let environment?, nil):
      let origin = origin(environment, example: "https://contoso.crm.dynamics.com")
      return origin.map { ($0, $0.absoluteString + "/.default") }
    case (nil, let scope?):
      return self.scope(scope, at: server).map { (nil, $0) }
    case (_?, let scope?):
      complain(at: scope.place, "'scope' stands beside 'environment', which gives it: keep one")
    case (nil, nil):
      complain(
        at: section.place,
        "\(section.title) has no 'environment': write environment: https://contoso.crm.dynamics.com, "
          + "or a 'scope' for another resource")
    }
    return nil
  }

  private mutating func scope(_ entry: Entry, at server: AuthorizationServer?) -> String? {
    let example = "https://vault.azure.net/.default"
    guard let text = text(entry, upTo: 1_024, example: example) else { return nil }
    guard case .entra = server?.kind, !text.hasSuffix("/.default") || text.contains(" ") else {
      return text
    }
    // AADSTS1002012: the client-credentials flow knows no other scope.
    complain(
      at: entry.valuePlace,
      "'scope' is a resource followed by /.default, such as \(example), not \(text.quotedUnlessSecret)"
    )
    return nil
  }
}
