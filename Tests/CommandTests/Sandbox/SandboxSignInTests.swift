import Adapters
import Foundation
import Keyturn
import TestSupport
import Testing

/// Every way to sign in to Graph, over real HTTPS, as the sandbox's configuration offers it.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxSignInTests {
  @Test func `each line of the configuration can be tried`() async throws {
    try await RunningSandbox.run { sandbox in
      let text = try sandbox.file("keyturn.yaml")
      let lines = text.split(separator: "\n").map(String.init).filter { $0.contains("#graph: ") }
      #expect(lines.count == 6)
      for line in lines where !line.contains("connection") {
        let settings = try Settings.parse(
          Data(text.replacing(line, with: line.replacing("#", with: "")).utf8), file: "k.yaml")
        let connection = try settings.connection(named: "magentrix-d365")
        let network = HTTPSettings(caFile: settings.certificateAuthorityFile)
        let token = try await withLiveTransport(network) { transport in
          try await signIn(transport, sandbox).token(
            for: DirectoryCaller(connection, secret: nil), isFresh: false)
        }
        let answer = try await sandbox.curl(
          "/v1.0/applications?$top=1", ["-H", "Authorization: Bearer \(token.value.reveal())"])
        #expect(answer.status == 200, "\(line)")
      }
    }
  }

  private func signIn(_ transport: HTTPTransport, _ sandbox: RunningSandbox) -> GraphSignIn {
    var context = Context.live
    // Nobody has to be waited for: the code is approved below, at once.
    context.sleep = { _ in try await Task.sleep(for: .milliseconds(200)) }
    return GraphSignIn(
      transport: transport, context: context,
      environment: [
        "MSAL_MANAGED_IDENTITY_ENDPOINT":
          "\(sandbox.baseURL)/metadata/identity/oauth2/token"
      ],
      connection: ConnectionTokens(transport: transport, context: context),
      showDeviceCode: { prompt in
        Task {
          let answer = #"{"user_code":"\#(prompt.code)","approve":true}"#
          _ = try await sandbox.curl("/_sandbox/device-codes", ["-d", answer])
        }
      })
  }

  @Test func `a device code is answered on the page, or by its control interface`() async throws {
    try await RunningSandbox.run { sandbox in
      let client = sandbox.facts["automation client id"] ?? ""
      func ask() async throws -> String {
        let reply = try await sandbox.curl(
          "/\(sandbox.tenantID)/oauth2/v2.0/devicecode",
          ["-d", "client_id=\(client)", "-d", "scope=https://graph.microsoft.com/.default"])
        #expect(reply.status == 200)
        let page = try #require(reply.json["verification_uri"] as? String)
        let code = try #require(reply.json["user_code"] as? String)
        let shown = try await sandbox.curl(page)
        #expect(shown.body.contains("<code>\(code)</code>"))
        return code
      }
      let first = try await ask()
      let form = ["-d", "user_code=\(first)&answer=decline"]
      #expect(try await sandbox.curl("/_sandbox/forms/device-codes", form).status == 303)
      let second = try await ask()
      let answer = #"{"user_code":"\#(second)","approve":true}"#
      #expect(try await sandbox.curl("/_sandbox/device-codes", ["-d", answer]).status == 204)
      #expect(try await sandbox.curl("/_sandbox/device-codes", ["-d", answer]).status == 404)
      let list = try await sandbox.curl("/_sandbox/device-codes").body
      #expect(list.contains("declined") && list.contains("approved"))
    }
  }
}
