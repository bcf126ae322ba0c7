/// Azure Resource Manager, as far as `az login` asks it: this tenant has no subscriptions.
extension Tenant {
  mutating func respondAsResourceManager(to request: TenantRequest) -> TenantResponse {
    let headers: HeaderFields = [
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-cache",
      "x-ms-request-id": random.guid(),
    ]
    guard let token = presentedToken(in: request), token.expiresAt > now else {
      return TenantResponse(
        status: 401,
        json: [
          "error": [
            "code": "AuthenticationFailed",
            "message": "Authentication failed. The 'Authorization' header is missing or invalid.",
          ]
        ], headers: headers)
    }
    switch (request.method, request.segments) {
    case ("GET", ["subscriptions"]):
      return TenantResponse(
        status: 200, json: ["value": [], "count": ["type": "Total", "value": 0]],
        headers: headers)
    case ("GET", ["tenants"]):
      return TenantResponse(
        status: 200,
        json: [
          "value": [
            [
              "id": .string("/tenants/" + id), "tenantId": .string(id),
              "displayName": .string(displayName), "defaultDomain": .string(domain),
              "tenantCategory": "Home",
            ]
          ]
        ], headers: headers)
    default:
      return TenantResponse(
        status: 404,
        json: [
          "error": [
            "code": "InvalidResourceType",
            "message": "The resource type could not be found.",
          ]
        ], headers: headers)
    }
  }
}
