/// `/policies/defaultAppManagementPolicy` and `/applications/{id}/appManagementPolicies`.
///
/// See <https://learn.microsoft.com/graph/api/tenantappmanagementpolicy-get> and
/// <https://learn.microsoft.com/graph/api/resources/appmanagementpolicy>.
extension Tenant {
  mutating func policyResponse(
    to request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard GraphPermission.canReadPolicies(token) else { throw .denied }
    let policy = defaultPolicy
    let body: JSON = [
      "@odata.context": graphContext("policies/defaultAppManagementPolicy/$entity", for: request),
      "id": .string(policy.id),
      "displayName": "Default app management tenant policy",
      "description":
        "Default tenant policy that enforces app management restrictions on applications.",
      "isEnabled": .bool(policy.isEnabled),
      "applicationRestrictions": Self.restrictions(of: policy),
      "servicePrincipalRestrictions": ["passwordCredentials": [], "keyCredentials": []],
    ]
    return TenantResponse(status: 200, json: body, headers: graphHeaders(for: request))
  }

  /// The policy that is assigned to an application, as a list of one or none.
  mutating func applicationPoliciesResponse(
    at position: Int, for request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard GraphPermission.canReadPolicies(token) else { throw .denied }
    let policies = [applications[position].managementPolicy].compactMap { $0 }.map { policy in
      [
        "id": .string(policy.id),
        "deletedDateTime": nil,
        "displayName": "Assigned policy",
        "description": nil,
        "isEnabled": .bool(policy.isEnabled),
        "restrictions": Self.restrictions(of: policy),
      ] as JSON
    }
    let page = try GraphPage(FormFields(request.query), isEventual: false)
    return try graphPage(
      of: Array(policies.indices), page, named: "policies/appManagementPolicies", for: request
    ) { policies[$1] }
  }

  private static func restrictions(of policy: ManagementPolicy) -> JSON {
    [
      "passwordCredentials": .array(policy.restrictions.map(restriction)),
      "keyCredentials": [],
    ]
  }

  private static func restriction(_ restriction: ManagementPolicy.Restriction) -> JSON {
    let (type, maxLifetime): (String, String?) =
      switch restriction.kind {
      case .addition: ("passwordAddition", nil)
      case .lifetime(let days): ("passwordLifetime", "P\(days)D")
      }
    return [
      "restrictionType": .string(type),
      "maxLifetime": .optional(maxLifetime),
      "restrictForAppsCreatedAfterDateTime":
        .optional(restriction.appliesFrom.map(WireTime.seconds)),
      "state": .string(restriction.isOn ? "enabled" : "disabled"),
    ]
  }
}
