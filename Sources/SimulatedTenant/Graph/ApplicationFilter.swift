/// The `$filter` of a list of applications or service principals, as far as clients use it.
///
/// Other properties answer 400, as the end of a secret does at Graph: it has to be filtered by the
/// client.
enum ApplicationFilter: Sendable, Equatable {
  case all
  case appID(String)
  case objectID(String)
  case displayName(String)
  case displayNamePrefix(String)
  /// An identifier URI, which no application here has; `az` asks for it when it is given a name
  /// that is no client id.
  case identifierURI

  init(_ text: String?) throws(GraphFailure) {
    guard let text, !text.isEmpty else {
      self = .all
      return
    }
    if let match = text.wholeMatch(of: /\s*(\w+)\s+eq\s+'((?:[^']|'')*)'\s*/)?.output {
      let value = String(match.2).replacing("''", with: "'")
      switch match.1 {
      case "appId": self = .appID(value)
      case "id": self = .objectID(value)
      case "displayName": self = .displayName(value)
      default: throw Self.unsupported(String(match.1))
      }
      return
    }
    if text.wholeMatch(of: /\s*identifierUris\/any\((\w+):\s*\1\s+eq\s+'[^']*'\)\s*/) != nil {
      self = .identifierURI
      return
    }
    let prefix = /\s*startswith\(\s*displayName\s*,\s*'((?:[^']|'')*)'\s*\)\s*/.ignoresCase()
    guard let match = text.wholeMatch(of: prefix)?.output else {
      throw Self.unsupported(text.prefixMatch(of: /\w+/).map { String($0.output) } ?? text)
    }
    self = .displayNamePrefix(String(match.1).replacing("''", with: "'"))
  }

  private static func unsupported(_ property: String) -> GraphFailure {
    GraphFailure(
      400, "Request_UnsupportedQuery",
      """
      Unsupported or invalid query filter clause specified for property '\(property)' of resource \
      'Application'.
      """)
  }
}

extension Tenant {
  /// The positions of the applications that a filter lets through; those of the population that it
  /// names have a record of their own from then on.
  mutating func positions(matching filter: ApplicationFilter) -> [Int] {
    switch filter {
    case .all: return applications.indices.filter { applications[$0].deletedAt == nil }
    case .appID(let appID):
      touch(appID: appID)
      return position(appID: appID).map { [$0] } ?? []
    case .objectID(let objectID):
      touch(objectID: objectID)
      return position(objectID: objectID).map { [$0] } ?? []
    case .identifierURI: return []
    case .displayName(let name):
      return positionsOfNames { $0.lowercased() == name.lowercased() }
    case .displayNamePrefix(let prefix):
      return positionsOfNames { $0.lowercased().hasPrefix(prefix.lowercased()) }
    }
  }

  private mutating func positionsOfNames(where isWanted: (String) -> Bool) -> [Int] {
    touchNames(where: isWanted)
    return applications.indices.filter {
      applications[$0].deletedAt == nil && isWanted(applications[$0].displayName)
    }
  }
}
