/// A service of the tenant.
public enum Service: String, Sendable, Codable, CaseIterable {
  case login
  case graph
  case dataverse
  case resourceManager = "resource_manager"

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
