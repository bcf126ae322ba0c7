import Foundation
import Keyturn

/// What a tenant's policy allows the client secrets of one application.
///
/// Source: Microsoft Graph v1.0, resources `appManagementPolicy`, `tenantAppManagementPolicy` and
/// `passwordCredentialConfiguration`.
struct AppManagementPolicy {
  let isEnabled: Bool
  /// The longest lifetime in seconds; nil where the policy does not limit it.
  let longestLifetime: TimeInterval?

  /// The policy that is assigned to the application itself.
  init?(ofApplication value: GraphValue, createdAt: Date?) {
    self.init(value, restrictions: value["restrictions"], createdAt: createdAt)
  }

  /// The tenant's default.
  init?(ofTenant value: GraphValue, createdAt: Date?) {
    self.init(value, restrictions: value["applicationRestrictions"], createdAt: createdAt)
  }

  private init?(_ value: GraphValue, restrictions: GraphValue?, createdAt: Date?) {
    guard let isEnabled = value["isEnabled"]?.bool else { return nil }
    self.isEnabled = isEnabled
    longestLifetime = (restrictions?["passwordCredentials"]?.list ?? [])
      .filter { Self.binds($0, createdAt: createdAt) }
      .compactMap { $0["maxLifetime"]?.text.flatMap(ISODuration.seconds) }
      .min()
  }

  /// Whether a restriction limits the lifetime of an application's client secrets.
  ///
  /// Older answers have no `state`. What can't be read binds: a lifetime that is too short costs less
  /// than a secret that is refused.
  private static func binds(_ restriction: GraphValue, createdAt: Date?) -> Bool {
    guard restriction["restrictionType"]?.text?.lowercased() == "passwordlifetime",
      restriction["state"]?.text?.lowercased() != "disabled"
    else { return false }
    guard let createdAt, let start = restriction["restrictForAppsCreatedAfterDateTime"]?.instant
    else { return true }
    return createdAt >= start
  }
}
