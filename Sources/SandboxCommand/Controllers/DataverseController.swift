import Hummingbird

/// The Dataverse Web API.
struct DataverseController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: stores, at: ["api/data/**"])
  }
}
