import Foundation
import Keyturn
import SimulatedTenant
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite struct DeviceCodeSignInTests {
  private let scene: SignInScene

  init() throws {
    scene = try SignInScene()
  }

  private let way = GraphAccess.SignIn.deviceCode(clientID: Tenant.azureCLI)

  @Test func `an administrator approves in a browser, and the command goes on`() async throws {
    let prompts = Mutex<[DeviceCodePrompt]>([])
    let tenant = scene.tenant
    let signIn = scene.signIn { prompt in
      prompts.withLock { $0.append(prompt) }
      tenant.withTenant { _ = $0.answerDeviceCode(prompt.code, approves: true) }
    }
    let token = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(scene.opensGraph(token))
    let prompt = try #require(prompts.withLock { $0.first })
    #expect(prompt.page.hasPrefix("https://login.microsoftonline.com/"))
    #expect(prompt.code.count == 9)
    #expect(prompt.expiresAt == TestWorld.night.addingTimeInterval(900))
    // The next call needs nobody.
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(prompts.withLock { $0.count } == 1)
    #expect(try await signIn.ownCredential(for: scene.caller(way)) == nil)
  }

  @Test func `it asks at the interval that the server gave, until somebody comes`() async throws {
    let tenant = scene.tenant
    let world = scene.world
    let codes = Mutex("")
    var context = world.context
    context.sleep = { seconds in
      world.pass(seconds)
      guard world.now >= TestWorld.night.addingTimeInterval(30) else { return }
      let code = codes.withLock { $0 }
      tenant.withTenant { _ = $0.answerDeviceCode(code, approves: true) }
    }
    let signIn = scene.signIn(context: context) { prompt in codes.withLock { $0 = prompt.code } }
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(world.now == TestWorld.night.addingTimeInterval(30))
    #expect(tenant.requests.count { $0.path.hasSuffix("/token") } == 6)
  }

  @Test func `a server that is hurried asks for more time, and gets it`() async throws {
    let tenant = scene.tenant
    let world = scene.world
    let naps = Mutex<[TimeInterval]>([])
    let codes = Mutex("")
    var context = world.context
    context.sleep = { seconds in
      naps.withLock { $0.append(seconds) }
      // A clock that runs slow at first.
      world.pass(naps.withLock { $0.count } < 3 ? 1 : seconds)
      guard naps.withLock({ $0.count }) > 4 else { return }
      let code = codes.withLock { $0 }
      tenant.withTenant { _ = $0.answerDeviceCode(code, approves: true) }
    }
    let signIn = scene.signIn(context: context) { prompt in codes.withLock { $0 = prompt.code } }
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(naps.withLock { $0 } == [5, 5, 10, 10, 10])
  }

  @Test func `nobody at a terminal`() async throws {
    let failure = try await scene.failure(way)
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.hasSuffix("this needs an administrator at a terminal"))
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `declined, or never answered`() async throws {
    let tenant = scene.tenant
    let declined = try await scene.failure(way) { prompt in
      tenant.withTenant { _ = $0.answerDeviceCode(prompt.code, approves: false) }
    }
    #expect(declined.verdict == .notSignedIn && declined.message.contains("declined"))
    let expired = try await scene.failure(way) { _ in }
    #expect(expired.message.contains("the code expired"))
    #expect(scene.world.now < TestWorld.night.addingTimeInterval(1_000))
  }

  @Test func `an application that is no public client`() async throws {
    let own = GraphAccess.SignIn.deviceCode(clientID: SignInScene.automationID)
    let failure = try await scene.failure(own) { _ in }
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.contains("AADSTS7000218: the application \(SignInScene.automationID)"))
    #expect(failure.remedy.contains("Allow public client flows"))
    try scene.tenant.withTenant {
      try $0.changeApplication(appID: SignInScene.automationID) { $0.isPublicClient = true }
    }
    let tenant = scene.tenant
    let signIn = scene.signIn { prompt in
      tenant.withTenant { _ = $0.answerDeviceCode(prompt.code, approves: true) }
    }
    #expect(scene.opensGraph(try await signIn.token(for: scene.caller(own), isFresh: false)))
  }

  @Test func `a passing fault is waited out`() async throws {
    let tenant = scene.tenant
    let signIn = scene.signIn { prompt in
      tenant.withTenant {
        _ = $0.answerDeviceCode(prompt.code, approves: true)
        $0.faults.tokenThrottle = Faults.Throttle(count: 2, retryAfter: 20)
      }
    }
    #expect(scene.opensGraph(try await signIn.token(for: scene.caller(way), isFresh: false)))
  }

  @Test(arguments: [90_002, 53_003])
  func `a tenant that does not give codes`(code: Int) async throws {
    scene.tenant.withTenant { $0.faults.signInFailure = Faults.SignIn(code: code) }
    let failure = try await scene.failure(way) { _ in }
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.contains("AADSTS\(code)"))
  }
}
