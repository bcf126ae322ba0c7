import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct WorkloadIdentitySignInTests {
  private static let issuer = "https://oidc.cluster.example/"
  private static let subject = "system:serviceaccount:keyturn:nightly"
  private let scene: SignInScene
  private let platform: SignInCertificate
  private let way = GraphAccess.SignIn.workloadIdentity(clientID: nil, tokenFile: nil)

  init() throws {
    scene = try SignInScene()
    platform = try #require(SignInCertificate.stranger)
    let key = platform.publicKeyPEM
    try scene.tenant.withTenant {
      try $0.changeApplication(appID: SignInScene.automationID) {
        $0.federatedCredentials = [
          FederatedCredential(issuer: Self.issuer, subject: Self.subject, publicKey: key)
        ]
      }
    }
  }

  private func token(
    issuer: String = issuer, subject: String = subject,
    audience: String = "api://AzureADTokenExchange", lifetime: Int = 3_600
  ) throws -> String {
    let now = Int(scene.world.now.timeIntervalSince1970)
    return try platform.token(
      claims: """
        {"iss":"\(issuer)","sub":"\(subject)","aud":"\(audience)","nbf":\(now),\
        "exp":\(now + lifetime)}
        """)
  }

  private func environment(_ file: String) -> [String: String] {
    [
      "AZURE_CLIENT_ID": SignInScene.automationID, "AZURE_TENANT_ID": Connection.entraDirectory,
      "AZURE_FEDERATED_TOKEN_FILE": file,
      "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/",
    ]
  }

  @Test func `the platform's token opens Graph`() async throws {
    // Kubernetes lets everybody in the pod read it.
    let file = try scene.file("token", token() + "\n", mode: 0o644)
    #expect(scene.opensGraph(try await scene.token(way, environment: environment(file))))
  }

  @Test func `the configuration goes before the environment`() async throws {
    let file = try scene.file("token", token())
    let own = GraphAccess.SignIn.workloadIdentity(
      clientID: SignInScene.automationID, tokenFile: file)
    var environment = environment("/nowhere")
    environment["AZURE_CLIENT_ID"] = "someone else"
    #expect(scene.opensGraph(try await scene.token(own, environment: environment)))
    #expect(scene.opensGraph(try await scene.token(own)))
  }

  @Test func `a renewed file is read anew`() async throws {
    let file = try scene.file("token", token(lifetime: 60))
    let signIn = scene.signIn(environment: environment(file))
    _ = try await signIn.token(for: scene.caller(way), isFresh: false)
    scene.world.pass(7_200)
    let caller = try scene.caller(way)
    let failure = await #expect(throws: DirectoryFailure.self) {
      try await signIn.token(for: caller, isFresh: false)
    }
    #expect(failure?.message.contains("AADSTS700024") == true)
    _ = try scene.file("token", token())
    let token = try await signIn.token(for: caller, isFresh: false)
    #expect(scene.opensGraph(token))
  }

  @Test func `a token of somebody else is told by what does not fit`() async throws {
    let cases = [
      (try token(issuer: "https://other.example/"), "AADSTS700211", "issuer"),
      (try token(subject: "system:serviceaccount:x:y"), "AADSTS700213", "subject"),
      (try token(audience: "api://other"), "AADSTS700212", "audience"),
    ]
    for (text, code, word) in cases {
      let file = try scene.file("token", text)
      let failure = try await scene.failure(way, environment: environment(file))
      #expect(failure.verdict == .notSignedIn)
      #expect(failure.message.contains(code) && failure.message.contains(word))
      #expect(failure.remedy.contains("Federated credentials"))
      #expect(failure.message.contains("workload identity \(SignInScene.automationID)"))
    }
    try scene.tenant.withTenant {
      try $0.changeApplication(appID: SignInScene.automationID) { $0.federatedCredentials = [] }
    }
    let file = try scene.file("token", token())
    let none = try await scene.failure(way, environment: environment(file))
    #expect(none.message.contains("AADSTS70021:"))
  }

  @Test func `another tenant or cloud than the platform speaks of is mentioned`() async throws {
    let file = try scene.file("token", token(subject: "x"))
    var environment = environment(file)
    environment["AZURE_AUTHORITY_HOST"] = "https://login.microsoftonline.us/"
    let cloud = try await scene.failure(way, environment: environment)
    #expect(cloud.remedy.contains("AZURE_AUTHORITY_HOST names another cloud"))
    environment["AZURE_TENANT_ID"] = "00000000-0000-0000-0000-000000000001"
    let tenant = try await scene.failure(way, environment: environment)
    #expect(tenant.remedy.contains("AZURE_TENANT_ID names another tenant"))
  }

  @Test func `what is missing is named`() async throws {
    let file = try scene.file("token", "no token at all")
    var bare = environment(file)
    bare["AZURE_CLIENT_ID"] = nil
    let cases = [
      (bare, "AZURE_CLIENT_ID"),
      (environment(""), "AZURE_FEDERATED_TOKEN_FILE"), (environment("/nowhere/t"), "No such file"),
      (environment(file), "holds no signed token"),
      (environment(try scene.file("empty", "")), "is empty"),
      (environment(try scene.file("long", String(repeating: "a", count: 1 << 17))), "no signed"),
    ]
    for (environment, words) in cases {
      let failure = try await scene.failure(way, environment: environment)
      #expect(failure.verdict == .notSignedIn)
      #expect(failure.message.contains(words), "\(failure)")
    }
    #expect(scene.tenant.requests.isEmpty)
  }
}
