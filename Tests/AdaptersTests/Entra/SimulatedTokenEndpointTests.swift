import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters
@testable import SimulatedTenant

@Suite struct SimulatedTokenEndpointTests {
  private let world = TestWorld()
  private let tenant: TenantTransport
  private let connection: Connection
  private let secret: SecretValue

  init() throws {
    var tenant = Tenant(
      seed: 7, id: Connection.entraDirectory, now: world.now, replication: .none)
    let lived = ApplicationRegistration.Secret(
      displayName: "Magentrix D365 Secret", startsAt: world.now.addingTimeInterval(-86_400),
      expiresAt: world.now.addingTimeInterval(86_400))
    let application = tenant.register(
      ApplicationRegistration(
        displayName: "Magentrix", appID: Connection.entraClient, secrets: [lived]))
    tenant.addEnvironment(
      urls: ["https://contoso.crm.dynamics.com"], applicationUsers: [Connection.entraClient])
    connection = try .entra()
    secret = SecretValue(try #require(application.secrets.first).value)
    self.tenant = TenantTransport(tenant, context: world.context)
  }

  private func ask(_ value: SecretValue) async -> TokenOutcome {
    await TokenEndpointClient(transport: tenant.transport, context: world.context)
      .requestToken(for: connection, secret: value)
  }

  @Test func `gets a token, and who we are with it`() async throws {
    let outcome = await ask(secret)
    guard case .granted(let token) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    let dataverse = DataverseClient(transport: tenant.transport, context: world.context)
    let environment = try #require(connection.environment)
    let identity = try await dataverse.whoAmI(environment: environment, token: token)
    let expected = tenant.withTenant { $0.environments[0] }
    #expect(identity.organizationID == expected.organizationID)
    #expect(identity.userID == expected.applicationUsers[0].systemUserID)
  }

  @Test func `sees a wrong value, a removed secret and an expired one`() async throws {
    #expect(await ask(SecretValue("wrong")).failure?.verdict == .wrongOrNotReplicated)
    world.pass(2 * 86_400)
    #expect(await ask(secret).failure?.verdict == .expired)
  }

  @Test func `keeps the correlation id that it sent`() async throws {
    let failure = try #require(await ask(SecretValue("wrong")).failure)
    let sent = try #require(tenant.requests.first?.headers["client-request-id"])
    #expect(failure.message.contains("correlation \(sent)"))
  }

  @Test(arguments: SignInFailure.codes)
  func `knows every code of the simulated tenant`(code: Int) async throws {
    tenant.withTenant { $0.faults.signInFailure = Faults.SignIn(code: code) }
    let failure = try #require(await ask(secret).failure)
    #expect(AADSTSTable.entries[code] != nil)
    #expect(failure.message.hasPrefix("AADSTS\(code): "))
  }

  @Test(arguments: Faults.TokenAnswer.Kind.allCases)
  func `survives every answer that is none`(kind: Faults.TokenAnswer.Kind) async throws {
    tenant.withTenant { $0.faults.tokenAnswer = Faults.TokenAnswer(kind: kind) }
    let failure = try #require(await ask(secret).failure)
    #expect(!failure.refusesTheValue)
    #expect(failure.message.contains("login.microsoftonline.com"))
  }

  @Test func `waits as long as a throttled service asks`() async throws {
    tenant.withTenant { $0.faults.tokenThrottle = Faults.Throttle(count: 1, retryAfter: 90) }
    #expect(await ask(secret).failure?.verdict == .transient(retryAfter: 90))
    #expect(await ask(secret).failure == nil)
  }
}
