/// A service of the tenant.
enum Service: Sendable, CaseIterable {
  case login
  case graph
  case dataverse
  case resourceManager
  /// Of the machine that asks: reached by its path, as the metadata service has no name.
  case machine

  /// The service that a path belongs to where the host serves several.
  init(path: [String]) {
    switch path.first {
    case "v1.0", "beta": self = .graph
    case "api": self = .dataverse
    case "subscriptions", "tenants": self = .resourceManager
    case "metadata", "msi": self = .machine
    default: self = .login
    }
  }
}
