import Foundation
import Keyturn

/// Signs in with a token that the platform writes to a file, and that Entra trusts.
///
/// Source: Azure Workload Identity, "Mutating admission webhook"; Microsoft, "Workload identity
/// federation".
struct WorkloadIdentitySignIn: Sendable {
  let world: SignInWorld
  let tenant: SignInTenant
  /// What the configuration says, or else the environment.
  let clientID: String?
  let tokenFile: String?

  /// The client id; nil where neither the configuration nor the environment has one.
  var effectiveClientID: String? {
    clientID ?? world.environment["AZURE_CLIENT_ID"].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A token; the file is read anew, because the platform renews it.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    guard let clientID = effectiveClientID else {
      throw GraphSignInFailure(
        "there is no client id: neither client_id nor AZURE_CLIENT_ID is set",
        remedy: "write client_id: into graph: of the tenant; \(Self.platform)")
    }
    let path = tokenFile ?? world.environment["AZURE_FEDERATED_TOKEN_FILE"] ?? ""
    guard !path.isEmpty else {
      throw GraphSignInFailure(
        "there is no token file: neither token_file nor AZURE_FEDERATED_TOKEN_FILE is set",
        remedy: "write token_file: into graph: of the tenant; \(Self.platform)")
    }
    let assertion = try assertion(from: path)
    let grant = TokenGrant(world, tenant: tenant, clientID: clientID, credential: .federatedToken)
    do {
      return try await grant.token(assertion: assertion)
    } catch {
      guard case .notSignedIn = error.verdict, let note = mismatch else { throw error }
      var failure = error
      failure.remedy += "; \(note)"
      throw failure
    }
  }

  private func assertion(from path: String) throws(GraphSignInFailure) -> SecretValue {
    let file = SecretFile(
      title: "the token file", path: path, isShared: true, limit: 1 << 16, restoring: Self.platform)
    do {
      let text = try file.read().trimmingCharacters(in: .whitespacesAndNewlines)
      // RFC 7515 section 7.1: three parts in base64url.
      guard text.wholeMatch(of: /[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/) != nil else {
        throw KeyturnError(
          .configuration, "the token file \(path.shown()) holds no signed token",
          hints: [Self.platform])
      }
      return SecretValue(text)
    } catch {
      throw GraphSignInFailure(error)
    }
  }

  /// Where the platform speaks of another tenant or cloud than the configuration does.
  private var mismatch: String? {
    if let named = world.environment["AZURE_TENANT_ID"], !named.isEmpty,
      named.lowercased() != tenant.directory
    {
      return
        "AZURE_TENANT_ID names another tenant (\(named.shown(upTo: 80))) than the configuration"
    }
    if let named = world.environment["AZURE_AUTHORITY_HOST"].flatMap(URL.init(string:)),
      let host = named.host(), host.lowercased() != tenant.cloud.login.host()?.lowercased()
    {
      return "AZURE_AUTHORITY_HOST names another cloud (\(host.shown(upTo: 80))) than cloud: in the"
        + " configuration"
    }
    return nil
  }

  private static let platform =
    "on Kubernetes, see that the pod has the label azure.workload.identity/use and its service"
    + " account the client id"
}
