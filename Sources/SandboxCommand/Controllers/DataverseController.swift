import Hummingbird

/// The Dataverse Web API.
struct DataverseController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: store, at: ["api/data/**"])
  }
}
