import Foundation

/// The token service: which of its pages a request asks for.
extension Tenant {
  mutating func respondAsLogin(to request: TenantRequest) -> TenantResponse {
    let segments = request.segments
    switch segments.dropFirst() {
    case ["oauth2", "v2.0", "token"]:
      return respondAsTokenEndpoint(to: request, tenant: segments[0])
    case ["oauth2", "v2.0", "devicecode"]:
      return respondAsDeviceCodeEndpoint(to: request, tenant: segments[0])
    case ["v2.0", ".well-known", "openid-configuration"]:
      return openIDConfiguration(for: request, tenant: segments[0])
    case ["discovery", "instance"] where segments[0] == "common":
      return instanceDiscovery(for: request)
    default:
      return TenantResponse(status: 404)
    }
  }

  /// OpenID Connect Discovery 1.0, section 4, with what Microsoft adds.
  private mutating func openIDConfiguration(
    for request: TenantRequest, tenant: String
  ) -> TenantResponse {
    let shared = ["common", "organizations", "consumers"].contains(tenant.lowercased())
    if !shared, let failure = tenantFailure(tenant) {
      // This page has its own word for what the token endpoint calls invalid_request.
      return signInResponse(
        failure, error: failure.code == 90_002 ? "invalid_tenant" : nil, to: request)
    }
    let origin = request.origin(otherwise: endpoints.login.first ?? "")
    let issuer = shared ? "{tenantid}" : (otherTenants.contains(tenant.lowercased()) ? tenant : id)
    let page: JSON = [
      "token_endpoint": .string("\(origin)/\(tenant)/oauth2/v2.0/token"),
      "token_endpoint_auth_methods_supported": [
        "client_secret_post", "private_key_jwt", "client_secret_basic",
      ],
      "jwks_uri": .string("\(origin)/\(tenant)/discovery/v2.0/keys"),
      "response_modes_supported": ["query", "fragment", "form_post"],
      "subject_types_supported": ["pairwise"],
      "id_token_signing_alg_values_supported": ["RS256"],
      "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
      "scopes_supported": ["openid", "profile", "email", "offline_access"],
      "issuer": .string("\(origin)/\(issuer)/v2.0"),
      "request_uri_parameter_supported": false,
      "authorization_endpoint": .string("\(origin)/\(tenant)/oauth2/v2.0/authorize"),
      "device_authorization_endpoint": .string("\(origin)/\(tenant)/oauth2/v2.0/devicecode"),
      "tenant_region_scope": "EU",
      "cloud_instance_name": "microsoftonline.com",
      "msgraph_host": .string(Endpoints.hostName(endpoints.graph.first ?? "")),
    ]
    return TenantResponse(status: 200, json: page, headers: signInHeaders(traceID: random.guid()))
  }

  /// What MSAL asks for to learn whether an authority is one of Microsoft's.
  private mutating func instanceDiscovery(for request: TenantRequest) -> TenantResponse {
    let origin = request.origin(otherwise: endpoints.login.first ?? "")
    let asked = FormFields(request.query)["authorization_endpoint"] ?? ""
    let tenant = TenantRequest("GET", asked).segments.first ?? "common"
    let host = Endpoints.hostName(asked.isEmpty ? origin : asked)
    let page: JSON = [
      "tenant_discovery_endpoint":
        .string("\(origin)/\(tenant)/v2.0/.well-known/openid-configuration"),
      "api-version": "1.1",
      "metadata": [
        [
          "preferred_network": .string(host),
          "preferred_cache": .string(host),
          "aliases": [.string(host)],
        ]
      ],
    ]
    return TenantResponse(status: 200, json: page, headers: signInHeaders(traceID: random.guid()))
  }
}
