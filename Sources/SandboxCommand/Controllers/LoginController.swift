import Hummingbird

/// Entra's token service.
struct LoginController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    .answered(
      by: stores,
      at: [
        ":tenant/oauth2/v2.0/token",
        ":tenant/oauth2/v2.0/devicecode",
        ":tenant/v2.0/.well-known/openid-configuration",
        "common/discovery/instance",
      ])
  }
}
