import Adapters

/// Lends the real network to the body, and closes it however the body ends.
///
/// A client that is dropped while it is open ends the process.
package func withLiveTransport<T>(
  _ settings: HTTPSettings = HTTPSettings(), _ body: (HTTPTransport) async throws -> T
) async throws -> T {
  let transport = try HTTPTransport.live(settings)
  do {
    let result = try await body(transport)
    await transport.shutdown()
    return result
  } catch {
    await transport.shutdown()
    throw error
  }
}
