import Foundation
import SimulatedTenant

/// The one tenant of the sandbox, its clock, and the requests that it answered last.
///
/// The clock is the machine's, plus an offset that the control page moves.
actor TenantStore {
  private static let rememberedRequests = 200

  private var tenant: Tenant
  private var offset: TimeInterval = 0
  private var answered: [AnsweredRequest] = []
  private let clock: @Sendable () -> Date

  init(_ tenant: Tenant, clock: @escaping @Sendable () -> Date) {
    self.tenant = tenant
    self.clock = clock
  }

  /// Makes a base URL known as every service.
  func serve(at baseURL: String) {
    tenant.endpoints.serveAll(at: baseURL)
    tenant.environments[0].urls.insert(baseURL, at: 0)
  }

  func respond(to request: TenantRequest) -> TenantResponse {
    keepTime()
    let response = tenant.respond(to: request)
    answered.append(
      AnsweredRequest(
        at: WireTime.graph(tenant.now), method: request.method, path: request.path,
        status: response.status))
    if answered.count > Self.rememberedRequests { answered.removeFirst() }
    return response
  }

  // MARK: - Control

  /// The tenant at the present moment.
  func current() -> Tenant {
    keepTime()
    return tenant
  }

  /// The last requests, the newest first; never with a body, a query or a header field.
  func requests() -> [AnsweredRequest] { answered.reversed() }

  func advance(by seconds: TimeInterval) { offset += seconds }

  func set(to moment: Date) { offset = moment.timeIntervalSince(clock()) }

  func set(_ faults: Faults) { tenant.faults = faults }

  func createSecret(
    appID: String, displayName: String?, days: Int
  ) throws(SecretRefusal) -> IssuedSecret {
    keepTime()
    return try tenant.createSecretInPortal(appID: appID, displayName: displayName, days: days)
  }

  func deleteSecret(appID: String, keyID: String) throws(SecretRefusal) {
    keepTime()
    try tenant.deleteSecretInPortal(appID: appID, keyID: keyID)
  }

  private func keepTime() { tenant.now = clock().addingTimeInterval(offset) }
}
