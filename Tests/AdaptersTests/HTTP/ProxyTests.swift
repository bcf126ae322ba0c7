import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite(.timeLimit(.minutes(10))) struct ProxyTests {
  @Test(
    arguments: [
      (["HTTPS_PROXY": "http://proxy:3128"], "https://a.example.com", "proxy:3128"),
      (["https_proxy": "http://proxy:3128/"], "https://a.example.com", "proxy:3128"),
      (["https_proxy": "proxy:8080"], "https://a.example.com", "proxy:8080"),
      (["https_proxy": "http://proxy"], "https://a.example.com", "proxy:3128"),
      (["https_proxy": "http://u:p%40ss@proxy:1"], "https://a.example.com", "proxy:1"),
      (["https_proxy": "http://[::1]:3128"], "https://a.example.com", "[::1]:3128"),
      (["https_proxy": "socks5://proxy"], "https://a.example.com", "proxy:1080"),
      (["https_proxy": "http://small:1", "HTTPS_PROXY": "http://BIG:2"], "https://a.b", "small:1"),
      (["https_proxy": "", "HTTPS_PROXY": "http://big:2"], "https://a.b", "big:2"),
      (["HTTP_PROXY": "http://proxy:3128"], "https://a.example.com", nil),
      ([:], "https://a.example.com", nil),
      (["https_proxy": "http://proxy:3128"], "http://127.0.0.1:99", nil),
      (["https_proxy": "http://proxy:3128"], "https://localhost", nil),
      (["https_proxy": "http://proxy:3128"], "https://[::1]:8443", nil),
    ] as [([String: String], String, String?)])
  func `reads the environment's proxy`(
    environment: [String: String], address: String, expected: String?
  ) throws {
    let rule = try ProxyRule(HTTPSettings(environment: environment))
    let peer = TransportFailure.Peer(try URL.written(address))
    #expect((rule.applies(to: peer) ? rule.proxy?.name : nil) == expected)
  }

  @Test(arguments: [
    ("*", "https://a.example.com", false),
    ("example.com", "https://example.com", false),
    ("example.com", "https://a.example.com", false),
    (".example.com", "https://a.example.com", false),
    ("*.example.com", "https://a.example.com", false),
    ("EXAMPLE.com", "https://a.Example.COM", false),
    ("example.com", "https://notexample.com", true),
    ("example.com", "https://example.com.evil.org", true),
    ("other.org, example.com", "https://a.example.com", false),
    ("other.org example.com", "https://a.example.com", false),
    ("example.com:8443", "https://a.example.com", true),
    ("example.com:8443", "https://a.example.com:8443", false),
    ("example.com:443", "https://a.example.com", false),
    ("10.0.0.7", "https://10.0.0.7", false),
    ("10.0.0.7", "https://10.0.0.70", true),
    ("fd00::1", "https://[fd00::1]", false),
    ("[fd00::1]:8443", "https://[fd00::1]:8443", false),
    ("", "https://a.example.com", true),
    (",,", "https://a.example.com", true),
    (".", "https://a.example.com", true),
  ])
  func `exempts what no_proxy lists`(list: String, address: String, isProxied: Bool) throws {
    let peer = TransportFailure.Peer(try URL.written(address))
    for name in ["no_proxy", "NO_PROXY"] {
      let environment = ["https_proxy": "http://proxy:3128", name: list]
      let rule = try ProxyRule(HTTPSettings(environment: environment))
      #expect(rule.applies(to: peer) == isProxied)
    }
  }

  @Test func `the configuration's proxy comes before the environment`() throws {
    let settings = HTTPSettings(
      proxy: URL(string: "http://configured:1"),
      environment: ["https_proxy": "http://other:2", "no_proxy": "*"])
    let rule = try ProxyRule(settings)
    let peer = TransportFailure.Peer(try #require(URL(string: "https://a.example.com")))
    #expect(rule.applies(to: peer))
    #expect(rule.proxy?.name == "configured:1")
  }

  @Test(arguments: ["https://proxy:3128", "http://", "socks4://p:1", "socks5://u:hush@p:1", "::"])
  func `a proxy that can't be used is an error, without its password`(address: String) throws {
    let error = #expect(throws: KeyturnError.self) {
      try ProxyRule(HTTPSettings(environment: ["https_proxy": address]))
    }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("https_proxy") == true)
    #expect(error.map { "\($0)".contains("hush") } == false)
  }

  @Test(arguments: [
    ("407 Proxy Authentication Required", TransportFailure.Reason.proxyNeedsCredentials),
    ("403 Forbidden", .proxyRefused),
    ("503 Service Unavailable", .proxyRefused),
  ])
  func `a proxy that does not let us through is named`(
    status: String, reason: TransportFailure.Reason
  ) async throws {
    let script: [ScriptedServer.Step] = [
      .send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n"), .close,
    ]
    try await ScriptedServer.run(script) { server, port in
      let proxy = URL(string: "http://user:p%40ss@127.0.0.1:\(port)")
      let failure = await transportFailure(
        "https://login.example.com/token", HTTPSettings(proxy: proxy))
      #expect(failure?.reason == reason)
      let message = try #require(failure).callFailure.message
      #expect(message.contains("the proxy 127.0.0.1:\(port)"))
      #expect(message.contains("login.example.com"))
      #expect(!message.contains("p@ss"))
      let sent = try #require(server.seen.requests.first)
      #expect(sent.hasPrefix("CONNECT login.example.com:443 HTTP/1.1\r\n"))
      let credentials = Data("user:p@ss".utf8).base64EncodedString()
      #expect(sent.contains("Basic \(credentials)"))
      #expect(!sent.contains("hush"))
    }
  }

  @Test func `a proxy that is not there is named`() async throws {
    let unused = try UnusedPort()
    let port = unused.number
    let failure = await transportFailure(
      "https://login.example.com/token",
      HTTPSettings(proxy: URL(string: "http://127.0.0.1:\(port)")))
    #expect(failure?.reason == .refused)
    #expect(
      failure?.callFailure.message == "the proxy 127.0.0.1:\(port) refuses connections")
    withExtendedLifetime(unused) {}
  }
}
