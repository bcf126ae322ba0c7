import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// Azure CLI as a script on the path, which answers as the real one does.
@Suite(.timeLimit(.minutes(15))) struct AzureCLISignInTests {
  private static let token = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl"
  private let scene: SignInScene

  init() throws {
    scene = try SignInScene()
  }

  /// Signs in with a script in place of `az`; the clock is the machine's, because a process is waited
  /// for.
  private func signIn(_ script: String, context: Context = .live) throws -> AzureCLISignIn {
    _ = try scene.file("az", "#!/bin/sh\n\(script)\n", mode: 0o700)
    let world = SignInWorld(
      transport: scene.tenant.transport, context: context,
      environment: ["PATH": "\(scene.folder.path):/usr/bin:/bin", "KEPT": "yes"])
    let tenant = try #require(SignInTenant(try .entra()))
    return AzureCLISignIn(world: world, tenant: tenant)
  }

  private func failure(
    _ script: String, context: Context = .live, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> GraphSignInFailure {
    let signIn = try signIn(script, context: context)
    let failure = await #expect(throws: GraphSignInFailure.self, sourceLocation: sourceLocation) {
      try await signIn.token()
    }
    #expect(!String(describing: failure).contains("eyJ"), sourceLocation: sourceLocation)
    return try #require(failure)
  }

  @Test func `the program's token and its end`() async throws {
    let end = Int(Date().timeIntervalSince1970) + 4_000
    let script = """
      [ "$*" = "account get-access-token --output json --resource https://graph.microsoft.com \
      --tenant \(Connection.entraDirectory)" ] || exit 9
      [ "$PWD $AZURE_CORE_NO_COLOR $KEPT" = "/ true yes" ] || exit 8
      read -r line && exit 7
      echo a warning >&2
      cat << END
      { "accessToken": "\(Self.token)", "expiresOn": "2020-01-01 00:00:00.000000",
        "expires_on": \(end), "subscription": "s", "tenant": "t", "tokenType": "Bearer" }
      END
      """
    let granted = try await signIn(script).token()
    #expect(granted.token.value.reveal() == Self.token)
    #expect(granted.expiresAt == Date(timeIntervalSince1970: TimeInterval(end)))
  }

  @Test func `an older program writes the end as local time`() async throws {
    let granted = try await signIn(
      """
      echo '{ "accessToken": "\(Self.token)", "expiresOn": "2031-05-06 07:08:09.123456" }'
      """
    ).token()
    let parts = Calendar(identifier: .gregorian).dateComponents(
      in: .current, from: granted.expiresAt)
    #expect([parts.year, parts.month, parts.day, parts.hour, parts.minute] == [2031, 5, 6, 7, 8])
  }

  @Test func `nobody is signed in`() async throws {
    let failure = try await failure(
      #"echo "ERROR: Please run 'az login' to setup account." >&2; exit 1"#)
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.contains("nobody is signed in to Azure CLI"))
    #expect(failure.remedy.contains("az login --tenant \(Connection.entraDirectory)"))
  }

  @Test func `any other complaint is shown without a token, and without harm`() async throws {
    let failure = try await failure(
      """
      echo '{"accessToken": "\(Self.token)"}'
      printf '\\033[31mERROR: \(Self.token)\\naccess_token=secretly went wrong' >&2
      exit 1
      """)
    #expect(failure.message.hasPrefix("az failed: \\u{1b}[31mERROR: •••"))
    #expect(failure.message.hasSuffix("went wrong"))
    #expect(!failure.message.contains("secretly"))
  }

  @Test(arguments: ["echo", "echo nothing", #"echo '{ "accessToken": "" }'"#, "echo '[]'"])
  func `an answer that is no token`(script: String) async throws {
    #expect(try await failure(script).message == "az printed something else than a token")
  }

  @Test func `a program that never answers is given up`() async throws {
    // Time is the machine's, but patience is not.
    var context = Context.live
    context.sleep = { _ in try await Task.sleep(for: .milliseconds(300)) }
    let failure = try await failure("exec sleep 300", context: context)
    #expect(failure.verdict == .later(retryAfter: nil))
    #expect(failure.message.contains("within 30 seconds"))
  }

  @Test func `no program at all`() async throws {
    let world = SignInWorld(
      transport: scene.tenant.transport, context: .live,
      environment: ["PATH": scene.folder.path])
    let tenant = try #require(SignInTenant(try .entra()))
    let failure = await #expect(throws: GraphSignInFailure.self) {
      try await AzureCLISignIn(world: world, tenant: tenant).token()
    }
    #expect(failure?.message == "the program az can't be run")
    #expect(failure?.remedy.contains("install Azure CLI") == true)
  }
}
