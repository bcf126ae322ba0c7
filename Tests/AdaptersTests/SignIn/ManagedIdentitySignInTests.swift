import Foundation
import Keyturn
import NIOHTTP1
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct ManagedIdentitySignInTests {
  private static let other = "77778888-bbbb-3333-cccc-4444dddd5555"
  private let scene: SignInScene
  private let way = GraphAccess.SignIn.managedIdentity(clientID: nil)

  init() throws {
    scene = try SignInScene()
    scene.tenant.withTenant {
      $0.managedIdentities = [
        ManagedIdentity(
          clientID: "66667777-bbbb-3333-cccc-4444dddd5555", appRoles: ["Application.Read.All"]),
        ManagedIdentity(
          clientID: Self.other, isSystemAssigned: false, appRoles: ["Application.Read.All"]),
      ]
    }
  }

  @Test func `a virtual machine asks its metadata service`() async throws {
    #expect(scene.opensGraph(try await scene.token(way)))
    let request = try #require(scene.tenant.requests.first)
    #expect(request.host == "169.254.169.254")
    #expect(request.path == "/metadata/identity/oauth2/token")
    #expect(request.headers["Metadata"] == "true")
    #expect(request.query.contains("resource=https://graph.microsoft.com"))
    #expect(!request.query.contains(".default") && !request.query.contains("client_id"))
  }

  @Test func `a client id chooses among several identities`() async throws {
    #expect(scene.opensGraph(try await scene.token(.managedIdentity(clientID: Self.other))))
    #expect(scene.tenant.requests.first?.query.contains("client_id=\(Self.other)") == true)
    let unknown = try await scene.failure(.managedIdentity(clientID: SignInScene.automationID))
    #expect(unknown.verdict == .notSignedIn)
    #expect(unknown.message.contains("no managed identity with the client id"))
    #expect(unknown.message.contains("(400: Identity not found)"))
    #expect(unknown.remedy.contains("User assigned"))
  }

  @Test func `App Service has an address and a header of its own`() async throws {
    let header = scene.tenant.withTenant { $0.identityHeader }
    let environment = [
      "IDENTITY_ENDPOINT": "http://169.254.129.3:8081/msi/token", "IDENTITY_HEADER": header,
    ]
    let token = try await scene.token(way, environment: environment)
    #expect(scene.opensGraph(token))
    #expect(scene.tenant.requests.first?.headers["X-IDENTITY-HEADER"] == header)
    var wrong = environment
    wrong["IDENTITY_HEADER"] = "nothing"
    let failure = try await scene.failure(way, environment: wrong)
    #expect(failure.verdict == .notSignedIn && !failure.message.contains("nothing"))
  }

  @Test func `the end of a token is read, though it is written as text`() async throws {
    let signIn = scene.signIn()
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    scene.world.pass(3_200)
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(scene.tenant.requests.count == 1)
    scene.world.pass(200)
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    #expect(scene.tenant.requests.count == 2)
  }

  @Test func `a service that is not ready is asked again, as Microsoft documents it`() async throws
  {
    scene.tenant.withTenant { $0.machineStatuses = [404, 429, 500, 503, 502] }
    #expect(scene.opensGraph(try await scene.token(way)))
    #expect(scene.world.now == TestWorld.night.addingTimeInterval(0 + 2 + 6 + 14 + 30))
    scene.tenant.withTenant { $0.machineStatuses = Array(repeating: 500, count: 6) }
    let failure = try await scene.failure(way)
    #expect(failure.verdict == .later(retryAfter: nil))
  }

  @Test func `an update of the service is waited for, 70 seconds`() async throws {
    scene.tenant.withTenant { $0.machineStatuses = Array(repeating: 410, count: 7) }
    #expect(scene.opensGraph(try await scene.token(way)))
    #expect(scene.world.now == TestWorld.night.addingTimeInterval(70))
    scene.tenant.withTenant { $0.machineStatuses = Array(repeating: 410, count: 8) }
    #expect(try await scene.failure(way).verdict == .later(retryAfter: nil))
  }

  @Test func `a machine without an identity`() async throws {
    scene.tenant.withTenant { $0.managedIdentities = [] }
    let failure = try await scene.failure(way)
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.remedy.contains("System assigned"))
  }

  @Test func `a stand-in is one of this machine`() async throws {
    let name = "MSAL_MANAGED_IDENTITY_ENDPOINT"
    let here = ["\(name)": "https://127.0.0.1:8443/metadata/identity/oauth2/token"]
    #expect(scene.opensGraph(try await scene.token(way, environment: here)))
    for elsewhere in ["https://evil.example/token", "http://169.254.1.1/token", "nowhere"] {
      let failure = try await scene.failure(way, environment: [name: elsewhere])
      #expect(failure.verdict == .notSignedIn)
    }
    #expect(scene.tenant.requests.count == 1)
  }

  @Test func `Service Fabric is told apart`() async throws {
    let failure = try await scene.failure(
      way,
      environment: [
        "IDENTITY_ENDPOINT": "https://127.0.0.1:2377/x", "IDENTITY_HEADER": "h",
        "IDENTITY_SERVER_THUMBPRINT": "t",
      ])
    #expect(failure.message.contains("Service Fabric"))
  }

  @Test func `the header of App Service goes to no other machine unencrypted`() async throws {
    let failure = try await scene.failure(
      way,
      environment: ["IDENTITY_ENDPOINT": "http://10.0.0.4/msi/token", "IDENTITY_HEADER": "h"])
    #expect(failure.verdict == .notSignedIn)
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `plain http reaches the link only where a sign-in asks for it`() async throws {
    let url = try URL.written("http://169.254.169.254/metadata/identity/oauth2/token")
    let transport = scene.tenant.transport
    await #expect(throws: TransportFailure.self) {
      try await transport.send(.get(url, headers: [:]))
    }
    let named = try URL.written("http://169.254.example.com/")
    await #expect(throws: TransportFailure.self) {
      try await transport.send(.get(named, headers: [:]), plainHTTP: .onThisLink)
    }
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `no proxy stands before the metadata service`() throws {
    let settings = HTTPSettings(proxy: try .written("http://proxy.example:3128"))
    let rule = try ProxyRule(settings)
    #expect(!rule.applies(to: .init(try .written("http://169.254.169.254/x"))))
    #expect(rule.applies(to: .init(try .written("http://169.255.0.1/x"))))
  }

  @Test func `the agent of Azure Arc wants a key that only administrators can read`() async throws {
    let keys = scene.folder.path
    let key = try scene.file("1.key", "key of arc")
    func arc(_ realm: String) -> ManagedIdentitySignIn? {
      let body = Data(#"{"access_token":"t","expires_on":"1795400000","token_type":"Bearer"}"#.utf8)
      let transport = HTTPTransport { request throws(TransportFailure) in
        guard request.headers.first(name: "Authorization") == "Basic key of arc" else {
          return HTTPExchangeResponse(
            status: 401, headers: ["WWW-Authenticate": "Basic realm=\(realm)"], body: Data())
        }
        return HTTPExchangeResponse(status: 200, headers: [:], body: body)
      }
      let world = SignInWorld(
        transport: transport, context: scene.world.context,
        environment: [
          "IDENTITY_ENDPOINT": "http://localhost:40342/metadata/identity/oauth2/token",
          "IMDS_ENDPOINT": "http://localhost:40342",
        ])
      return (try? Connection.entra()).flatMap { SignInTenant($0) }.map {
        ManagedIdentitySignIn(world: world, tenant: $0, clientID: nil, arcKeys: keys)
      }
    }
    let granted = try await arc(key)?.token()
    #expect(granted?.token.value.reveal() == "t")
    for path in ["/etc/shadow", "\(keys)/../x.key", "\(keys)/1.txt", "\(keys)/missing.key", ""] {
      await #expect(throws: GraphSignInFailure.self) { try await arc(path)?.token() }
    }
  }
}
