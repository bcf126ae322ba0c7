import Foundation
import HTTPTypes
import SimulatedTenant

/// A tenant of the sandbox, its clock, and the requests that it answered last.
///
/// The clock is the machine's, plus an offset that the control page moves.
actor TenantStore {
  private static let rememberedRequests = 200
  private static let writableTimes =
    Date(timeIntervalSince1970: 0)...Date(timeIntervalSince1970: 253_086_768_000)

  private var tenant: Tenant
  private var offset: TimeInterval = 0
  private var answered: [AnsweredRequest] = []
  private let clock: @Sendable () -> Date

  init(_ tenant: Tenant, clock: @escaping @Sendable () -> Date) {
    self.tenant = tenant
    self.clock = clock
  }

  /// Makes base URLs known as every service; the first is written into answers.
  func serve(at baseURLs: [String]) {
    for baseURL in baseURLs.reversed() {
      tenant.endpoints.serveAll(at: baseURL)
      if !tenant.environments.isEmpty { tenant.environments[0].urls.insert(baseURL, at: 0) }
    }
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

  /// Moves the clock.
  ///
  /// - Parameter seconds: How far, backwards where it is negative.
  /// - Throws: ``ControlError`` where the time would leave the years that can be written.
  func advance(by seconds: TimeInterval) throws {
    keepTime()
    try set(to: tenant.now.addingTimeInterval(seconds))
  }

  /// Sets the clock.
  ///
  /// - Parameter moment: The time that it shows from now on.
  /// - Throws: ``ControlError`` where the time would leave the years that can be written.
  func set(to moment: Date) throws {
    guard Self.writableTimes.contains(moment) else {
      throw ControlError(.badRequest, "the clock goes from 1970 to 9990")
    }
    offset = moment.timeIntervalSince(clock())
  }

  func set(_ faults: Faults) { tenant.faults = faults }

  /// Registers one more application that renews its own secret, with a user in the environment.
  func createApplication(displayName: String, daysLeft: Int) -> RegisteredApplication {
    keepTime()
    let application = tenant.register(
      SeededTenant.connection(
        named: displayName, daysLeft: daysLeft, rotatesItself: true, at: tenant.now))
    tenant.addApplicationUser(application.appID, toEnvironment: 0)
    return application
  }

  func createSecret(
    appID: String, displayName: String?, days: Int
  ) throws(SecretRefusal) -> IssuedSecret {
    keepTime()
    return try tenant.createSecretInPortal(appID: appID, displayName: displayName, days: days)
  }

  func answerDeviceCode(_ userCode: String, approves: Bool) -> Bool {
    keepTime()
    return tenant.answerDeviceCode(userCode, approves: approves)
  }

  /// Lets the automation application sign in without a secret.
  func trust(
    _ certificate: RegisteredCertificate, _ federated: FederatedCredential, appID: String
  ) throws(SecretRefusal) {
    try tenant.changeApplication(appID: appID) {
      $0.certificates = [certificate]
      $0.federatedCredentials = [federated]
    }
  }

  func deleteSecret(appID: String, keyID: String) throws(SecretRefusal) {
    keepTime()
    try tenant.deleteSecretInPortal(appID: appID, keyID: keyID)
  }

  /// Deletes an application as the portal does.
  func deleteApplication(appID: String, forGood: Bool) throws(SecretRefusal) {
    keepTime()
    try tenant.deleteApplicationInPortal(appID: appID, forGood: forGood)
  }

  /// Restores an application that was deleted.
  func restoreApplication(appID: String) throws(SecretRefusal) {
    keepTime()
    try tenant.restoreApplicationInPortal(appID: appID)
  }

  /// Changes a share of the applications, as a day does.
  func changeShare(_ share: Double, seed: UInt64) -> TenantChanges {
    keepTime()
    return tenant.changeShare(share, seed: seed)
  }

  private func keepTime() { tenant.now = clock().addingTimeInterval(offset) }
}
