import Foundation
import Keyturn

/// Signs in to Microsoft Graph in the way that the tenant's configuration names.
///
/// A token is kept in memory until five minutes before its end, and used by every connection that
/// signs in as the same identity.
public struct GraphSignIn: GraphTokens {
  private let world: SignInWorld
  private let connection: any GraphTokens
  private let showDeviceCode: (@Sendable (DeviceCodePrompt) -> Void)?
  private let cache = TokenCache()

  /// Sign-ins in a world.
  ///
  /// - Parameters:
  ///   - transport: What requests go through.
  ///   - context: Time and chance.
  ///   - environment: The variables of the process, which platforms tell of themselves in.
  ///   - connection: What signs in with the connection's own secret.
  ///   - showDeviceCode: Shows an administrator what to do in a browser; nil where nobody is there.
  public init(
    transport: HTTPTransport, context: Context, environment: [String: String],
    connection: any GraphTokens,
    showDeviceCode: (@Sendable (DeviceCodePrompt) -> Void)? = nil
  ) {
    world = SignInWorld(transport: transport, context: context, environment: environment)
    self.connection = connection
    self.showDeviceCode = showDeviceCode
  }

  public func token(
    for caller: DirectoryCaller, isFresh: Bool
  ) async throws(DirectoryFailure) -> AccessToken {
    let (signIn, tenant) = try way(of: caller)
    if case .connection = signIn {
      return try await connection.token(for: caller, isFresh: isFresh)
    }
    let identity = identity(of: signIn, in: tenant)
    do {
      return try await token(of: signIn, in: tenant, identity, isFresh: isFresh)
    } catch {
      throw error.directoryFailure(as: identity)
    }
  }

  public func ownCredential(
    for caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnCredential? {
    let (signIn, tenant) = try way(of: caller)
    let identity = identity(of: signIn, in: tenant)
    do {
      switch signIn {
      case .certificate(let clientID, let file):
        return try CertificateSignIn(world: world, tenant: tenant, clientID: clientID, file: file)
          .ownCredential()
      case .clientSecret(let clientID, let source):
        let token = try await token(of: signIn, in: tenant, identity, isFresh: false)
        return try await ClientSecretSignIn(
          world: world, tenant: tenant, clientID: clientID, source: source
        ).ownCredential(with: token)
      case .connection:
        return try await connection.ownCredential(for: caller)
      case .managedIdentity, .workloadIdentity, .azureCLI, .deviceCode:
        return nil
      }
    } catch let failure as GraphSignInFailure {
      throw failure.directoryFailure(as: identity)
    } catch {
      throw error as? DirectoryFailure
        ?? DirectoryFailure(.later(retryAfter: nil), "it was interrupted", remedy: "run it again")
    }
  }

  private func way(
    of caller: DirectoryCaller
  ) throws(DirectoryFailure) -> (GraphAccess.SignIn, SignInTenant) {
    guard let graph = caller.connection.server.graph, let tenant = SignInTenant(caller.connection)
    else {
      throw DirectoryFailure(
        .notSignedIn,
        "the tenant \(caller.connection.server.name) has no graph: in the configuration",
        remedy: "write graph: { sign_in: … } there to let keyturn use Microsoft Graph")
    }
    return (graph.signIn, tenant)
  }

  private func token(
    of signIn: GraphAccess.SignIn, in tenant: SignInTenant, _ identity: String, isFresh: Bool
  ) async throws(GraphSignInFailure) -> AccessToken {
    let key = TokenCache.Key(
      tenant: "\(tenant.cloud.login) \(tenant.directory)", resource: tenant.resource,
      identity: "\(identity) \(signIn)")
    return try await cache.token(for: key, isFresh: isFresh, at: world.context.now()) {
      do throws(GraphSignInFailure) {
        return .success(try await self.signIn(signIn, in: tenant))
      } catch {
        return .failure(error)
      }
    }
  }

  private func signIn(
    _ signIn: GraphAccess.SignIn, in tenant: SignInTenant
  ) async throws(GraphSignInFailure) -> GrantedToken {
    switch signIn {
    case .connection:
      throw GraphSignInFailure(
        "the connection signs in by itself", remedy: "report this as a mistake")
    case .certificate(let clientID, let file):
      try await CertificateSignIn(world: world, tenant: tenant, clientID: clientID, file: file)
        .token()
    case .clientSecret(let clientID, let source):
      try await ClientSecretSignIn(world: world, tenant: tenant, clientID: clientID, source: source)
        .token()
    case .managedIdentity(let clientID):
      try await ManagedIdentitySignIn(world: world, tenant: tenant, clientID: clientID).token()
    case .workloadIdentity(let clientID, let tokenFile):
      try await WorkloadIdentitySignIn(
        world: world, tenant: tenant, clientID: clientID, tokenFile: tokenFile
      ).token()
    case .azureCLI:
      try await AzureCLISignIn(world: world, tenant: tenant).token()
    case .deviceCode(let clientID):
      try await DeviceCodeSignIn(
        world: world, tenant: tenant, clientID: clientID, show: showDeviceCode
      ).token()
    }
  }

  /// Who signs in, safe to show.
  private func identity(of signIn: GraphAccess.SignIn, in tenant: SignInTenant) -> String {
    switch signIn {
    case .connection: "the connection's application"
    case .certificate(let clientID, _): "application \(clientID) (certificate)"
    case .clientSecret(let clientID, _): "application \(clientID)"
    case .managedIdentity(let clientID): "the managed identity \(clientID ?? "of this machine")"
    case .workloadIdentity(let clientID, let tokenFile):
      "the workload identity "
        + (WorkloadIdentitySignIn(
          world: world, tenant: tenant, clientID: clientID, tokenFile: tokenFile
        ).effectiveClientID ?? "of the platform").shown(upTo: 80)
    case .azureCLI: "the user of Azure CLI"
    case .deviceCode: "an administrator (device code)"
    }
  }
}
