import Foundation

/// Who reads one message of a route: everybody behind it, or one owner.
public struct Audience: Sendable, Hashable {
  public var route: String
  /// The owner who is told of their own connections or applications; nil for everybody behind the route.
  public var owner: String?

  /// An audience as it was read from the ledger.
  public init(route: String, owner: String? = nil) {
    self.route = route
    self.owner = owner
  }
}

/// Which findings are told to whom.
public struct Routing: Sendable, Equatable {
  public var routes: [Route]
  /// Every rule that fits sends; without any, everything goes to every route.
  public var rules: [RoutingRule]

  /// The routes and rules of a configuration.
  public init(routes: [Route] = [], rules: [RoutingRule] = []) {
    self.routes = routes
    self.rules = rules
  }

  /// The route of that name.
  public func route(named name: String) -> Route? {
    routes.first { $0.name == name }
  }

  /// Who is told of a finding now; the connection is nil for one about the whole installation.
  func audiences(of finding: Finding, about connection: Connection?, at now: Date) -> [Audience] {
    guard finding.severity != .ok else { return [] }
    return routes.flatMap { route -> [Audience] in
      // A route that does not deliver can't tell of that.
      guard finding.route != route.name, sends(finding, about: connection, by: route, at: now)
      else { return [] }
      guard case .email(let email) = route.channel else { return [Audience(route: route.name)] }
      var audiences: [Audience] = []
      if !email.addresses.isEmpty { audiences.append(Audience(route: route.name)) }
      // Whoever has to enter a new secret somewhere is told, whether or not the rest is theirs.
      if let owner = connection?.owner, EmailAddress(owner) != nil,
        !email.addresses.contains(owner),
        email.to.contains(.owner) || finding.code == .handOverOpen
      {
        audiences.append(Audience(route: route.name, owner: owner))
      }
      if email.to.contains(.applicationOwners) {
        let told = email.addresses.map(EmailAddress.init)
        audiences += finding.owners.filter { owner in
          EmailAddress(owner).map { !told.contains($0) } ?? false
        }.map { Audience(route: route.name, owner: $0) }
      }
      return audiences
    }
  }

  /// Whether any route writes to the owners of applications.
  public var tellsApplicationOwners: Bool {
    routes.contains { route in
      if case .email(let email) = route.channel {
        email.to.contains(.applicationOwners)
      } else {
        false
      }
    }
  }

  /// The addresses of an audience; none for a route that is no mail.
  func recipients(of audience: Audience) -> [String] {
    if let owner = audience.owner { return [owner] }
    guard case .email(let email)? = route(named: audience.route)?.channel else { return [] }
    return email.addresses
  }

  private func sends(
    _ finding: Finding, about connection: Connection?, by route: Route, at now: Date
  ) -> Bool {
    let own = rules.filter { $0.route == route.name }
    return rules.isEmpty || own.contains { $0.fits(finding, about: connection, at: now) }
  }
}

extension EmailChannel {
  /// The addresses that get everything.
  public var addresses: [String] {
    to.compactMap { if case .address(let address) = $0 { address } else { nil } }
  }
}

extension RoutingRule {
  /// Whether it sends a finding now.
  func fits(_ finding: Finding, about connection: Connection?, at now: Date) -> Bool {
    if let severity, severity.isWorse(than: finding.severity) { return false }
    if let within {
      guard let end = finding.expiresAt, end.subtracting(within) <= now else { return false }
    }
    return Self.fits(tenant, connection?.server.name ?? finding.tenant)
      && Self.fits(self.connection, connection?.name)
      && (Self.fits(owner, connection?.owner) || finding.owners.contains { Self.fits(owner, $0) })
  }

  /// Whether a name fits a pattern in which `*` stands for any characters; capitals don't matter.
  public static func fits(_ pattern: String?, _ name: String?) -> Bool {
    guard let pattern else { return true }
    guard let name else { return false }
    let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
    var rest = Substring(name.lowercased())
    guard parts.count > 1, let first = parts.first, let last = parts.last else {
      return rest == parts.first ?? ""
    }
    guard rest.hasPrefix(first) else { return false }
    rest = rest.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}
