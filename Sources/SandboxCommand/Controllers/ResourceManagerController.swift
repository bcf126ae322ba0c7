import Hummingbird

/// Azure Resource Manager, which `az login` asks for subscriptions.
struct ResourceManagerController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: store, at: ["subscriptions", "tenants"])
  }
}
