import Hummingbird

/// The metadata service of a machine in Azure, and App Service's counterpart.
struct MachineController {
  let store: TenantStore

  var endpoints: RouteCollection<SandboxContext> {
    .answered(by: store, at: ["metadata/identity/oauth2/token", "msi/token"])
  }
}
