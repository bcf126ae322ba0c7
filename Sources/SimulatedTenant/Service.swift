/// A service of the tenant.
enum Service: Sendable, CaseIterable {
  case login
  case graph
  case dataverse
  case resourceManager

  /// The service that a path belongs to where the host serves several.
  init(path: [String]) {
    switch path.first {
    case "v1.0", "beta": self = .graph
    case "api": self = .dataverse
    case "subscriptions", "tenants": self = .resourceManager
    default: self = .login
    }
  }
}
