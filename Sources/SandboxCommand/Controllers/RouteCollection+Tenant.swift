import HTTPTypes
import Hummingbird
import SimulatedTenant

extension RouteCollection where Context == SandboxContext {
  private static var methods: [HTTPRequest.Method] {
    [.get, .head, .post, .put, .patch, .delete, .options]
  }

  /// Routes whose requests a tenant answers, whatever their method.
  ///
  /// - Parameters:
  ///   - stores: The tenants.
  ///   - paths: Where.
  ///   - compresses: Whether answers are compressed for clients that take it.
  /// - Returns: The routes.
  static func answered(
    by stores: TenantStores, at paths: [RouterPath], compresses: Bool = false
  ) -> RouteCollection {
    let routes = RouteCollection(context: SandboxContext.self)
    for path in paths {
      for method in methods {
        _ = routes.on(path, method: method) { request, context in
          let asked = try await TenantRequest(request)
          var response = await stores.store(for: asked).respond(to: asked)
          if compresses { await response.compress(for: asked, by: stores.compression) }
          return try await response.response(in: context, after: stores.latency)
        }
      }
    }
    return routes
  }
}
