import Foundation
import Keyturn
import NIOHTTP1
import Testing
import TestSupport

@testable import Adapters

/// What keyturn signs, judged by programs that none of us wrote.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct ClientAssertionTests {
  private let certificate: SignInCertificate

  init() throws {
    // Judged by the machine's clock, not by the tests' own.
    certificate = try #require(SignInCertificate.shared)
  }

  private func assertion(for endpoint: String, of clientID: String) throws -> ClientAssertion {
    ClientAssertion(
      certificate: try SigningCertificate(
        pem: certificate.keyPEM + certificate.certificatePEM, origin: "test.pem"),
      clientID: clientID, audience: try #require(URL(string: endpoint)))
  }

  @Test(
    .needs(.program("openssl")),
    arguments: [
      (.ps256, ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]), (.rs256, []),
    ] as [(ClientAssertion.Algorithm, [String])])
  func `OpenSSL finds the signature and the thumbprint right`(
    algorithm: ClientAssertion.Algorithm, options: [String]
  ) async throws {
    let text = try assertion(for: "https://idp.example/token", of: "c")
      .signed(algorithm, in: .live).reveal()
    let parts = text.split(separator: ".").map(String.init)
    try #require(parts.count == 3)
    try await Programs.withFolder { folder in
      func file(_ name: String, _ data: Data) throws -> String {
        let url = folder.appending(path: name)
        try data.write(to: url)
        return url.path
      }
      let signature = try file("signature", try #require(Self.decoded(parts[2])))
      let key = try file("key.pem", Data(certificate.publicKeyPEM.utf8))
      let signed = try file("signed", Data("\(parts[0]).\(parts[1])".utf8))
      let command =
        ["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature] + options
      try await Programs.run(command + [signed]).ended(0).printing("Verified OK")
      let changed = try file("changed", Data("\(parts[0]).\(parts[1])x".utf8))
      try await Programs.run(command + [changed]).ended(1)

      let certificateFile = try file("certificate.pem", Data(try certificate.certificatePEM.utf8))
      let hash = algorithm == .ps256 ? "-sha256" : "-sha1"
      let shown = try await Programs.run(
        ["openssl", "x509", "-in", certificateFile, "-noout", "-fingerprint", hash]
      ).ended(0)
      let head = try #require(Self.decoded(parts[0]))
      let header = try #require(try JSONSerialization.jsonObject(with: head) as? [String: String])
      let thumbprint =
        header[algorithm == .ps256 ? "x5t#S256" : "x5t"].flatMap(Self.decoded) ?? Data()
      let hexadecimal = thumbprint.map { String(format: "%02X", $0) }.joined(separator: ":")
      shown.printing("=\(hexadecimal)\n")
    }
  }

  @Test(.needs(.program("glewlwyd"), .program("sqlite3")))
  func `an OAuth 2 server accepts the statement, once, and no other`() async throws {
    try await Glewlwyd.run { server in
      try await server.trust(publicKey: certificate.publicKeyPEM)
      try await withLiveTransport { transport in try await judge(at: server, over: transport) }
    }
  }

  private func judge(at server: Glewlwyd, over transport: HTTPTransport) async throws {
    let endpoint = try #require(URL(string: server.tokenEndpoint))
    // This server takes no client_id beside the statement, as Entra wants it.
    func status(_ statement: SecretValue) async throws -> Int {
      let form = FormBody([
        ("grant_type", "client_credentials"), ("scope", "dataverse"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", statement.reveal()),
      ])
      return try await transport.send(.post(endpoint, form: form, headers: [:])).status
    }
    for algorithm in [ClientAssertion.Algorithm.ps256, .rs256] {
      let own = try assertion(for: server.tokenEndpoint, of: "cert1")
      let statement = try own.signed(algorithm, in: .live)
      #expect(try await status(statement) == 200)
      #expect(try await status(statement) == 403)
      let elsewhere = try assertion(for: "https://idp.example/token", of: "cert1")
      #expect(try await status(try elsewhere.signed(algorithm, in: .live)) == 403)
      let other = try assertion(for: server.tokenEndpoint, of: "another")
      #expect(try await status(try other.signed(algorithm, in: .live)) == 403)
    }
  }

  private static func decoded(_ text: String) -> Data? {
    let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    return Data(
      base64Encoded: base64 + String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4))
  }
}
