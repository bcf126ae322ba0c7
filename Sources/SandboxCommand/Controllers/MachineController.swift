import Hummingbird

/// The metadata service of a machine in Azure, and App Service's counterpart.
struct MachineController {
  let stores: TenantStores

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: stores, at: ["metadata/identity/oauth2/token", "msi/token"])
  }
}
