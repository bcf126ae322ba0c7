import Hummingbird

/// Entra's token service.
struct LoginController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    .answered(
      by: store,
      at: [
        ":tenant/oauth2/v2.0/token",
        ":tenant/oauth2/v2.0/devicecode",
        ":tenant/v2.0/.well-known/openid-configuration",
        "common/discovery/instance",
      ])
  }
}
