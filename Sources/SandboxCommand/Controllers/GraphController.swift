import Hummingbird

/// Microsoft Graph.
struct GraphController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: stores, at: ["v1.0/**", "beta/**"], compresses: true)
  }
}
