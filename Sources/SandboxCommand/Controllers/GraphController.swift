import Hummingbird

/// Microsoft Graph.
struct GraphController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: store, at: ["v1.0/**", "beta/**"])
  }
}
