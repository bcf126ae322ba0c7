import HTTPTypes
import Hummingbird

/// Refuses what a page of another site makes a browser send.
///
/// The sandbox is open to everyone on this machine, a browser with an unfriendly page included.
struct SameOriginMiddleware: RouterMiddleware {
  typealias Context = SandboxContext

  func handle(
    _ request: Request, context: SandboxContext,
    next: (Request, SandboxContext) async throws -> Response
  ) async throws -> Response {
    if let origin = request.headers[.origin],
      origin != "https://" + (request.head.authority ?? "")
    {
      throw ControlError(.forbidden, "the control page takes nothing from another site")
    }
    return try await next(request, context)
  }
}
