import HTTPTypes
import Hummingbird
import SimulatedTenant

extension RouteCollection where Context == SandboxContext {
  private static var methods: [HTTPRequest.Method] {
    [.get, .head, .post, .put, .patch, .delete, .options]
  }

  /// Routes whose requests the tenant answers, whatever their method.
  static func answered(by store: TenantStore, at paths: [RouterPath]) -> RouteCollection {
    let routes = RouteCollection(context: SandboxContext.self)
    for path in paths {
      for method in methods {
        _ = routes.on(path, method: method) { request, context in
          let response = await store.respond(to: try await TenantRequest(request))
          return try await response.response(in: context)
        }
      }
    }
    return routes
  }
}
