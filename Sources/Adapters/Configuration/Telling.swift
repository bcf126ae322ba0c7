import Foundation
import Keyturn

/// Whom the nightly check tells, beside whoever reads its output.
public struct Telling: Sendable, Equatable {
  /// The routes, and which findings each gets.
  public var routing = Routing()
  /// The file that node_exporter's textfile collector reads.
  public var metricsFile: String?
  /// What notices that a night did not come.
  public var heartbeat: WebhookChannel.Address?

  /// Nobody.
  public init() {}
}

extension SettingsReader {
  /// `notify:`, `metrics:` and `heartbeat:`, once tenants and connections are known.
  mutating func telling(
    _ section: inout Section, tenants: [String: AuthorizationServer?], connections: [Connection]
  ) -> Telling {
    var telling = Telling()
    if let entry = section.take("notify") {
      telling.routing = routing(entry, tenants, connections)
      expectSomebody(for: connections, in: telling.routing, at: entry.place)
    }
    if let entry = section.take("metrics") {
      telling.metricsFile = metrics(entry)
    }
    if let entry = section.take("heartbeat") {
      telling.heartbeat = heartbeat(entry)
    }
    return telling
  }

  private mutating func metrics(_ entry: Entry) -> String? {
    let example = "metrics: { textfile: /var/lib/prometheus/node-exporter/keyturn.prom }"
    guard var section = section(entry, "'metrics'", example: example) else { return nil }
    let file = required(
      "textfile", in: &section, example: "/var/lib/prometheus/node-exporter/keyturn.prom")
    let path = file.flatMap {
      self.path($0, example: "/var/lib/prometheus/node-exporter/keyturn.prom")
    }
    close(section, .metrics)
    if let file, let path, !path.hasSuffix(".prom") {
      complain(
        at: file.valuePlace,
        "'textfile' ends in .prom, or node_exporter does not read it: write \(path.shown()).prom")
      return nil
    }
    return path
  }

  private mutating func heartbeat(_ entry: Entry) -> WebhookChannel.Address? {
    guard entry.isMapping else {
      return url(entry, example: "https://hc.example.com/ping/…").map { .url($0) }
    }
    let example = "heartbeat: { url_file: /etc/keyturn/heartbeat.url }"
    guard var section = section(entry, "'heartbeat'", example: example) else { return nil }
    let file = required("url_file", in: &section, example: "/etc/keyturn/heartbeat.url")
    close(section, .heartbeat)
    return file.flatMap { path($0, example: "/etc/keyturn/heartbeat.url") }.map { .file($0) }
  }

  // MARK: Routes and rules

  private mutating func routing(
    _ entry: Entry, _ tenants: [String: AuthorizationServer?], _ connections: [Connection]
  ) -> Routing {
    let example = "notify: { routes: { admins: { email: { to: […], from: … } } } }"
    guard var section = section(entry, "'notify'", example: example) else { return Routing() }
    var routing = Routing()
    let routesExample = "{ admins: { email: { to: [crm-admins@contoso.com], from: … } } }"
    if let entry = required("routes", in: &section, example: routesExample),
      let routes = self.section(entry, "'routes'", example: routesExample)
    {
      routing.routes = routes.entries.compactMap { route($0, tenants) }
    }
    if let entry = section.take("rules") {
      routing.rules = rules(entry, Known(routing.routes, tenants, connections))
    }
    close(section, .notify)
    return routing
  }

  /// What rules may name.
  private struct Known {
    var routes: [String]
    var tenants: [String]
    var connections: [String]
    var owners: [String]
    /// Whether anybody may turn out to be an owner.
    var hasApplicationOwners: Bool

    init(
      _ routes: [Route], _ tenants: [String: AuthorizationServer?], _ connections: [Connection]
    ) {
      self.routes = routes.map(\.name)
      self.tenants = Array(tenants.keys)
      self.connections = connections.map(\.name)
      owners = connections.compactMap(\.owner)
      hasApplicationOwners = Routing(routes: routes).tellsApplicationOwners
    }
  }

  private mutating func rules(_ entry: Entry, _ known: Known) -> [RoutingRule] {
    guard let items = list(entry, example: "[{ route: admins }]") else { return [] }
    return items.compactMap { rule($0, known) }
  }

  private mutating func rule(_ item: Entry, _ known: Known) -> RoutingRule? {
    guard var section = section(item, "a rule", example: "{ route: admins, severity: critical }"),
      let entry = required("route", in: &section, example: "admins")
    else { return nil }
    guard let route = name(entry, among: known.routes, of: "route") else { return nil }
    var rule = RoutingRule(route: route)
    if let entry = section.take("severity") {
      rule.severity = word(entry, of: ["warning", "unknown", "critical"])
        .flatMap(Severity.init(rawValue:))
    }
    if let entry = section.take("within") {
      rule.within = period(entry, from: .hours(1), to: .months(120), example: "14d")
    }
    rule.tenant = section.take("tenant").flatMap { pattern($0, among: known.tenants) }
    rule.connection = section.take("connection").flatMap { pattern($0, among: known.connections) }
    rule.owner = section.take("owner").flatMap {
      known.hasApplicationOwners
        ? text($0, example: "crm-admins@contoso.com") : pattern($0, among: known.owners)
    }
    close(section, .rule)
    return rule
  }

  private mutating func name(_ entry: Entry, among names: [String], of thing: String) -> String? {
    guard let name = content(entry, example: names.first ?? "admins") else { return nil }
    guard !names.contains(name) else { return name }
    let near = Spelling.nearest(to: name, among: names)
    let advice =
      near.isEmpty ? "describe it under 'routes'" : "did you mean \(Spelling.choice(of: near))?"
    complain(at: entry.valuePlace, "there is no \(thing) \(name.quotedUnlessSecret): \(advice)")
    return nil
  }

  /// A name with `*` for any characters; one that fits nothing is a slip that would keep silent.
  private mutating func pattern(_ entry: Entry, among names: [String]) -> String? {
    guard let pattern = text(entry, example: "magentrix-*") else { return nil }
    if names.contains(where: { RoutingRule.fits(pattern, $0) }) { return pattern }
    let near = Spelling.nearest(to: pattern, among: names)
    complain(
      at: entry.valuePlace,
      "no \(entry.name) fits \(pattern.quotedUnlessSecret)"
        + (near.isEmpty ? "" : ": did you mean \(Spelling.choice(of: near))?"))
    return nil
  }

  /// Complains about a connection of which no route would tell anybody.
  private mutating func expectSomebody(
    for connections: [Connection], in routing: Routing, at place: Place
  ) {
    let isOwnersOnly = routing.routes.allSatisfy { route in
      if case .email(let email) = route.channel { email.addresses.isEmpty } else { false }
    }
    guard isOwnersOnly, !routing.routes.isEmpty else { return }
    if routing.tellsApplicationOwners {
      complain(
        at: place,
        "nobody is told of what has no owner: every route writes to owners only; give one of them an"
          + " address beside 'application-owners'")
      return
    }
    for connection in connections
    where connection.owner.flatMap(EmailAddress.init) == nil {
      complain(
        at: place,
        "nobody is told of the connection '\(connection.name)': every route writes to owners only, "
          + "and its 'owner' is no mail address")
    }
  }
}
