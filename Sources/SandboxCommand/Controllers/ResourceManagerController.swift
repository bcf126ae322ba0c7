import Hummingbird

/// Azure Resource Manager, which `az login` asks for subscriptions.
struct ResourceManagerController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: stores, at: ["subscriptions", "tenants"])
  }
}
