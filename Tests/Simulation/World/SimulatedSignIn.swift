import Adapters
import Keyturn

/// Signs in to Graph: with the connection's own secret, or with the rights of an application of ours.
///
/// The second stands for every way to sign in that does not depend on the connection's secret.
struct SimulatedSignIn: GraphTokens {
  private let own: ConnectionTokens
  private let others: ConnectionTokens
  private let world: World

  init(process: SimulatedProcess, transport: HTTPTransport) {
    own = ConnectionTokens(transport: transport, context: process.context)
    others = ConnectionTokens(transport: transport, context: process.context)
    world = process.world
  }

  func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    guard caller.connection.server.graph?.signIn != .connection else {
      return try await own.token(for: caller, isFresh: isFresh)
    }
    var connection = caller.connection
    connection.clientID = world.operatorSecret.clientID
    let secret = SecretValue(world.operatorSecret.value)
    return try await others.token(
      for: DirectoryCaller(connection, secret: secret), isFresh: isFresh)
  }

  func ownCredential(
    for caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? { nil }
}
