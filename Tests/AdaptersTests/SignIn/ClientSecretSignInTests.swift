import Foundation
import Keyturn
import SimulatedTenant
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite struct ClientSecretSignInTests {
  private let scene: SignInScene

  init() throws {
    scene = try SignInScene()
  }

  private func way(_ source: GraphAccess.SecretSource) -> GraphAccess.SignIn {
    .clientSecret(clientID: SignInScene.automationID, source: source)
  }

  @Test func `the secret comes from a file or from a program`() async throws {
    let file = try scene.file("secret", scene.secret.reveal() + "\n")
    #expect(scene.opensGraph(try await scene.token(way(.file(file)))))
    #expect(scene.opensGraph(try await scene.token(way(.command(["/bin/cat", file])))))
  }

  @Test func `what is no secret is told by where it comes from`() async throws {
    let cases: [(GraphAccess.SecretSource, String)] = [
      (.file("/nowhere/secret"), "the client secret's file /nowhere/secret can't be read"),
      (.file(try scene.file("open", "x", mode: 0o644)), "may be read by others"),
      (.file(try scene.file("empty", " \n")), "holds no client secret"),
      (.file(try scene.file("two", "one two")), "holds no client secret"),
      (.command(["/bin/false"]), "the client secret's command /bin/false failed"),
      (.command(["/bin/true"]), "the output of /bin/true holds no client secret"),
      (.command(["/nowhere/program"]), "can't be run"),
    ]
    for (source, words) in cases {
      let failure = try await scene.failure(way(source))
      #expect(failure.verdict == .notSignedIn)
      #expect(failure.message.contains(words), "\(failure)")
      #expect(!failure.remedy.isEmpty)
    }
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `a refused secret is explained for this sign-in`() async throws {
    let file = try scene.file("secret", "wrong")
    let wrong = try await scene.failure(way(.file(file)))
    #expect(wrong.verdict == .notSignedIn)
    #expect(
      wrong.message.hasPrefix(
        "signing in to Microsoft Graph as application \(SignInScene.automationID): AADSTS7000215"))
    #expect(wrong.remedy.contains("client_secret_file"))
    let right = try scene.file("secret", scene.secret.reveal())
    scene.world.pass(21 * 86_400)
    let expired = try await scene.failure(way(.file(right)))
    #expect(expired.message.contains("AADSTS7000222"))
    #expect(expired.remedy.contains("client_secret_command"))
    #expect(!expired.remedy.contains("keyturn rotate"))
  }

  @Test func `a busy service is asked later`() async throws {
    let file = try scene.file("secret", scene.secret.reveal())
    scene.tenant.withTenant { $0.faults.tokenThrottle = Faults.Throttle(count: 1, retryAfter: 90) }
    #expect(try await scene.failure(way(.file(file))).verdict == .later(retryAfter: 90))
  }

  @Test(arguments: [
    (TransportFailure.Reason.closed, [true, false]), (.timedOut(30), [true]), (.refused, [true]),
  ])
  func `a kept connection that was closed meanwhile is no failure, and anything else is`(
    reason: TransportFailure.Reason, kept: [Bool]
  ) async throws {
    let file = try scene.file("secret", scene.secret.reveal())
    let log = Mutex<[Bool]>([])
    let transport = HTTPTransport(exchange: { [scene] request throws(TransportFailure) in
      log.withLock { $0.append(request.keepsConnection) }
      if request.keepsConnection { throw TransportFailure(.init(request.url), reason) }
      return try await scene.tenant.transport.send(request)
    })
    let signIn = GraphSignIn(
      transport: transport, context: scene.world.context, environment: [:],
      connection: ConnectionTokens(transport: transport, context: scene.world.context))
    let token = try? await signIn.token(for: scene.caller(way(.file(file))), isFresh: false)
    #expect((token != nil) == (reason == .closed))
    #expect(log.withLock { $0 } == kept)
  }

  @Test func `its end is read from Graph`() async throws {
    let file = try scene.file("secret", scene.secret.reveal())
    let credential = try await scene.signIn().ownCredential(for: scene.caller(way(.file(file))))
    #expect(credential?.expiresAt == scene.world.now.addingTimeInterval(20 * 86_400))
    #expect(credential?.name.contains(SignInScene.automationID) == true)
  }

  @Test func `an end that may not be read is none`() async throws {
    try scene.tenant.withTenant {
      try $0.changeApplication(appID: SignInScene.automationID) { $0.appRoles = [] }
    }
    let file = try scene.file("secret", scene.secret.reveal())
    let signIn = scene.signIn()
    #expect(try await signIn.ownCredential(for: scene.caller(way(.file(file)))) == nil)
  }
}
