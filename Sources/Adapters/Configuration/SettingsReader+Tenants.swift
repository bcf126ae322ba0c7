import Foundation
import Keyturn

/// `tenants:` with what is below.
extension SettingsReader {
  /// The tenants that the file names; nil for one about which there was a complaint.
  mutating func tenants(_ entry: Entry) -> [String: AuthorizationServer?] {
    let example = "tenants: { contoso: { id: contoso.onmicrosoft.com } }"
    guard let section = section(entry, "'tenants'", example: example) else { return [:] }
    var tenants: [String: AuthorizationServer?] = [:]
    for entry in section.entries {
      tenants.updateValue(tenant(entry), forKey: entry.name)
    }
    return tenants
  }

  private mutating func tenant(_ entry: Entry) -> AuthorizationServer? {
    guard isName(entry, of: "tenant"),
      var section = section(
        entry, "tenant '\(entry.name)'", example: "\(entry.name): { id: contoso.onmicrosoft.com }")
    else { return nil }
    let id = section.take("id")
    let cloud = section.take("cloud")
    let endpoint = section.take("token_endpoint")
    let graph = section.take("graph")
    close(section, .tenant)
    let kind: AuthorizationServer.Kind?
    switch (id, endpoint) {
    case (let id?, nil):
      kind = entra(id: id, cloud: cloud)
    case (nil, let endpoint?):
      if let cloud {
        complain(
          at: cloud.place,
          "'cloud' belongs to Microsoft Entra, 'token_endpoint' to others: keep one")
      }
      if let graph {
        complain(
          at: graph.place,
          "'graph' belongs to Microsoft Entra, 'token_endpoint' to others: keep one")
      }
      kind = url(endpoint, example: "https://idp.example.com/oauth2/token").map {
        .standard(tokenEndpoint: $0)
      }
    case (let id?, _?):
      complain(
        at: id.place, "'id' belongs to Microsoft Entra, 'token_endpoint' to others: keep one")
      kind = nil
    case (nil, nil):
      complain(
        at: entry.place,
        "\(section.title) has no 'id': write the directory id, or a 'token_endpoint' for another "
          + "authorization server")
      kind = nil
    }
    let access = endpoint == nil ? graph.flatMap { self.graph($0) } : nil
    // A mistake in 'graph' loses the tenant, or its connections would be told that they need one.
    guard let kind, graph == nil || access != nil else { return nil }
    return AuthorizationServer(name: entry.name, kind: kind, graph: access)
  }

  private mutating func entra(id: Entry, cloud: Entry?) -> AuthorizationServer.Kind? {
    let cloud = cloud.map { self.cloud($0) } ?? NationalCloud.public.cloud
    guard let directory = directory(id), let cloud else { return nil }
    return .entra(directory: directory, cloud: cloud)
  }

  private mutating func directory(_ entry: Entry) -> String? {
    let example = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    guard let text = content(entry, example: example) else { return nil }
    let isDomain =
      text.contains(".") && text.utf8.count <= 253 && text.last?.isLetter == true
      && WebAddress.isDomain(text[...].utf8)
    guard text.isGUID || isDomain else {
      complain(
        at: entry.valuePlace,
        "'id' is the directory (tenant) id, such as \(example), or a verified domain, "
          + "not \(text.quotedUnlessSecret)")
      return nil
    }
    return text.lowercased()
  }

  private mutating func cloud(_ entry: Entry) -> Cloud? {
    guard entry.isMapping else {
      let name = word(entry, of: NationalCloud.allCases.map(\.rawValue))
      return name.flatMap(NationalCloud.init)?.cloud
    }
    let example = "cloud: { login: https://localhost:8443, graph: https://localhost:8443 }"
    guard var section = section(entry, "'cloud'", example: example) else { return nil }
    let login = required("login", in: &section, example: "https://localhost:8443")
    let graph = required("graph", in: &section, example: "https://localhost:8443")
    let portal = section.take("portal")
    close(section, .cloud)
    let loginOrigin = login.flatMap { origin($0, example: "https://localhost:8443") }
    let graphOrigin = graph.flatMap { origin($0, example: "https://localhost:8443") }
    let portalOrigin =
      portal.map { origin($0, example: "https://entra.microsoft.com") }
      ?? NationalCloud.public.cloud?.portal
    guard let loginOrigin, let graphOrigin, let portalOrigin else { return nil }
    return Cloud(login: loginOrigin, graph: graphOrigin, portal: portalOrigin)
  }

  /// The entry of a key that a section can't do without.
  mutating func required(_ key: String, in section: inout Section, example: String) -> Entry? {
    if let entry = section.take(key) {
      return entry
    }
    complain(at: section.place, "\(section.title) has no '\(key)': write \(key): \(example)")
    return nil
  }

  /// Whether an entry's key can name a tenant or a connection; complains if it can't.
  mutating func isName(_ entry: Entry, of thing: String) -> Bool {
    if entry.name.isName {
      return true
    }
    complain(
      at: entry.place,
      "'\(entry.name.shown(upTo: 64))' can't name a \(thing): " + String.nameRule)
    return false
  }
}

/// Microsoft's clouds by their names in the file.
///
/// Source: Microsoft Graph documentation, "National cloud deployments".
private enum NationalCloud: String, CaseIterable {
  case `public`
  case usGovernment = "us-government"
  case usDoD = "us-dod"
  case china

  var cloud: Cloud? {
    let (login, graph, portal) = hosts
    guard let login = URL(string: "https://\(login)"), let graph = URL(string: "https://\(graph)"),
      let portal = URL(string: "https://\(portal)")
    else { return nil }
    return Cloud(login: login, graph: graph, portal: portal)
  }

  private var hosts: (login: String, graph: String, portal: String) {
    switch self {
    case .public:
      ("login.microsoftonline.com", "graph.microsoft.com", "entra.microsoft.com")
    case .usGovernment:
      ("login.microsoftonline.us", "graph.microsoft.us", "portal.azure.us")
    case .usDoD:
      ("login.microsoftonline.us", "dod-graph.microsoft.us", "portal.azure.us")
    case .china:
      ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "portal.azure.cn")
    }
  }
}

extension String {
  static let nameRule =
    "a name begins with a letter or digit and has up to 64 letters, digits, '.', '_' and '-'"

  /// Whether this can be the name of a tenant, a connection or a consumer.
  var isName: Bool {
    guard (1...64).contains(utf8.count), let first = utf8.first,
      WebAddress.isLetterOrDigit(first)
    else { return false }
    return utf8.allSatisfy { WebAddress.isLetterOrDigit($0) || "._-".utf8.contains($0) }
  }

  /// Whether this is a GUID as Microsoft writes them: 8-4-4-4-12 hexadecimal digits.
  var isGUID: Bool {
    guard utf8.count == 36 else { return false }
    for (position, byte) in utf8.enumerated() {
      let fits =
        switch position {
        case 8, 13, 18, 23: byte == UInt8(ascii: "-")
        default: WebAddress.isHexadecimal(byte)
        }
      guard fits else { return false }
    }
    return true
  }
}
