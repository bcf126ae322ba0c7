import Foundation
import Keyturn

extension GraphClient {
  /// The permission that reading policies needs, beside the rights to change the application.
  private static let permission = "Policy.Read.All"

  public func longestLifetime(
    _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> TimeInterval? {
    let clientID = caller.connection.clientID
    let answer = try await send(
      .application(clientID, selecting: ["id", "appId", "createdDateTime"]), for: caller)
    guard answer.isSuccess else { throw answer.failure }
    guard let application = answer.body, let objectID = application["id"]?.guid else {
      throw answer.unreadable("the application")
    }
    let createdAt = application["createdDateTime"]?.instant

    // A policy that is assigned to the application replaces the tenant's default.
    let assigned = GraphCall(
      purpose: "reading the application's policies from Microsoft Graph",
      path: "applications/\(objectID)/appManagementPolicies", permission: Self.permission)
    switch try await list(assigned, for: caller) {
    case .elements(let values):
      let policies = values.compactMap {
        AppManagementPolicy(ofApplication: $0, createdAt: createdAt)
      }.filter(\.isEnabled)
      if !policies.isEmpty { return policies.compactMap(\.longestLifetime).min() }
    case .refused(let answer) where answer.status == 403: return nil
    case .refused(let answer) where [400, 404].contains(answer.status): break
    case .refused(let answer): throw answer.failure
    }
    return try await defaultLifetime(createdAt: createdAt, caller)
  }

  /// What the tenant's default policy allows an application that was registered then.
  private func defaultLifetime(
    createdAt: Date?, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> TimeInterval? {
    let call = GraphCall(
      purpose: "reading the tenant's policy from Microsoft Graph",
      path: "policies/defaultAppManagementPolicy", permission: Self.permission)
    let answer = try await send(call, for: caller)
    // Clouds and licences differ in what they have; without a policy nothing limits the lifetime.
    if [400, 403, 404].contains(answer.status) { return nil }
    guard answer.isSuccess else { throw answer.failure }
    guard
      let policy = answer.body.flatMap({ AppManagementPolicy(ofTenant: $0, createdAt: createdAt) })
    else { throw answer.unreadable("the tenant's policy") }
    return policy.isEnabled ? policy.longestLifetime : nil
  }
}
