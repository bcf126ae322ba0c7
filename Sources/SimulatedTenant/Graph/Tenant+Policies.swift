/// `/policies/defaultAppManagementPolicy`, which says what the faults forbid.
///
/// See <https://learn.microsoft.com/graph/api/tenantappmanagementpolicy-get>.
extension Tenant {
  mutating func policyResponse(
    to request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard GraphPermission.canReadPolicies(token) else { throw .denied }
    var restrictions: [JSON] = []
    if faults.secretsForbidden {
      restrictions.append(Self.restriction("passwordAddition", maxLifetime: nil))
    }
    if let days = faults.maximumLifetimeDays {
      restrictions.append(Self.restriction("passwordLifetime", maxLifetime: "P\(days)D"))
    }
    let body: JSON = [
      "@odata.context": graphContext("policies/defaultAppManagementPolicy/$entity", for: request),
      "id": .string(Self.policyID),
      "displayName": "Default app management tenant policy",
      "description":
        "Default tenant policy that enforces app management restrictions on applications.",
      "isEnabled": .bool(!restrictions.isEmpty),
      "applicationRestrictions": [
        "passwordCredentials": .array(restrictions), "keyCredentials": [],
      ],
      "servicePrincipalRestrictions": ["passwordCredentials": [], "keyCredentials": []],
    ]
    return TenantResponse(status: 200, json: body, headers: graphHeaders(for: request))
  }

  private static func restriction(_ type: String, maxLifetime: String?) -> JSON {
    [
      "restrictionType": .string(type),
      "maxLifetime": .optional(maxLifetime),
      "restrictForAppsCreatedAfterDateTime": "2019-10-19T10:37:00Z",
      "state": "enabled",
    ]
  }
}
