import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

/// Signing in with a certificate, which the tenant really verifies.
@Suite struct CertificateSignInTests {
  private let scene: SignInScene
  private let certificate: SignInCertificate

  init() throws {
    scene = try SignInScene()
    certificate = try #require(SignInCertificate.shared)
  }

  private func way(_ file: String) -> GraphAccess.SignIn {
    .certificate(clientID: SignInScene.automationID, file: file)
  }

  @Test func `a signed statement takes the place of a secret`() async throws {
    let token = try await scene.token(way(scene.certificateFile()))
    #expect(scene.opensGraph(token))
    let body = try #require(
      scene.tenant.requests.first.map { String(decoding: $0.body, as: UTF8.self) })
    #expect(scene.tenant.requests.count == 1)
    #expect(body.contains("client_id=\(SignInScene.automationID)"))
    #expect(body.contains("grant_type=client_credentials"))
    #expect(body.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"))
    #expect(body.contains("client-assertion-type%3Ajwt-bearer"))
  }

  @Test func `the statement says what Microsoft documents, and never the same twice`() throws {
    let signing = try SigningCertificate(
      pem: certificate.keyPEM + certificate.certificatePEM, origin: "k.pem")
    let endpoint = try URL.written("https://login.microsoftonline.com/t/oauth2/v2.0/token")
    let assertion = ClientAssertion(certificate: signing, clientID: "c", audience: endpoint)
    func parts(_ algorithm: ClientAssertion.Algorithm) throws -> [[String: Any]] {
      let text = try assertion.signed(algorithm, in: scene.world.context).reveal()
      return try text.split(separator: ".").prefix(2).map { part in
        var base64 = String(part).replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        let data = try #require(Data(base64Encoded: base64))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      }
    }
    let new = try parts(.ps256)
    #expect(Set(new[0].keys) == ["alg", "typ", "x5t#S256"])
    #expect(new[0]["alg"] as? String == "PS256")
    #expect((new[0]["x5t#S256"] as? String)?.count == 43)
    let now = Int(scene.world.now.timeIntervalSince1970)
    #expect(new[1]["aud"] as? String == endpoint.absoluteString)
    #expect(new[1]["iss"] as? String == "c" && new[1]["sub"] as? String == "c")
    #expect(new[1]["nbf"] as? Int == now - 60 && new[1]["exp"] as? Int == now + 540)
    #expect(new[1]["iat"] as? Int == now)
    let old = try parts(.rs256)
    #expect(Set(old[0].keys) == ["alg", "typ", "x5t"])
    #expect((old[0]["x5t"] as? String)?.count == 27)
    #expect(new[1]["jti"] as? String != old[1]["jti"] as? String)
    #expect((new[1]["jti"] as? String)?.count == 36)
  }

  @Test func `each sign-in has a statement of its own`() async throws {
    let signIn = scene.signIn()
    let caller = try scene.caller(way(scene.certificateFile()))
    _ = try await signIn.token(for: caller, isFresh: false)
    // The tenant refuses a statement that it has seen.
    let second = try await signIn.token(for: caller, isFresh: true)
    #expect(scene.opensGraph(second))
  }

  @Test func `a service that does not know PS256 gets the older algorithm, once`() async throws {
    scene.tenant.withTenant { $0.acceptsPS256 = false }
    #expect(scene.opensGraph(try await scene.token(way(scene.certificateFile()))))
    #expect(scene.tenant.requests.count == 2)
  }

  @Test func `key and certificate may stand in any order, beside others`() async throws {
    let stranger = try #require(SignInCertificate.stranger)
    let own = try certificate.certificatePEM
    let other = try stranger.certificatePEM
    let contents = [
      own + certificate.keyPEM, certificate.keyPEM + other + own,
      other + own + certificate.oldKeyPEM, "subject=/CN=x\n" + own + "\n\n" + certificate.keyPEM,
    ]
    for content in contents {
      let token = try await scene.token(way(try scene.file("graph.pem", content)))
      #expect(scene.opensGraph(token))
    }
  }

  @Test func `a file that can't be used is told by its fault, and nothing is sent`() async throws {
    let stranger = try #require(SignInCertificate.stranger)
    let own = try certificate.certificatePEM
    let elliptic = """
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY/PuoAoGCCqGSM49
      AwEHoUQDQgAEPR3tU2Fta9ktY+6P9G0cWO+0kETA6SFs38GecTyudlHz6xvCdz8q
      EKTcWGekdmdDPsHloRNtsiCa697B2O9IFA==
      -----END EC PRIVATE KEY-----

      """
    let newElliptic = """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgitYhI1AVoDYfB/V2
      5FLEq0thfkIHTh9J5Dq0XVpj8+6hRANCAAQ9He1TYW1r2S1j7o/0bRxY77SQRMDp
      IWzfwZ5xPK52UfPrG8J3PyoQpNxYZ6R2Z0M+weWhE22yIJrr3sHY70gU
      -----END PRIVATE KEY-----

      """
    let encrypted = """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIIB
      -----END ENCRYPTED PRIVATE KEY-----

      """
    let faults = [
      ("", "is empty"), ("nothing", "has no private key"), (own, "has no private key"),
      (certificate.keyPEM, "has a key, but no certificate"),
      (certificate.keyPEM + (try stranger.certificatePEM), "of another key"),
      (certificate.keyPEM + stranger.keyPEM + own, "has 2 private keys"),
      (elliptic + own, "not RSA"), (newElliptic + own, "not RSA"), (encrypted + own, "encrypted"),
      (
        certificate.keyPEM + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        "can't be read"
      ),
      ("-----BEGIN CERTIFICATE-----\n!!!\n", "is not PEM"),
    ]
    for (content, what) in faults {
      let failure = try await scene.failure(way(try scene.file("graph.pem", content)))
      #expect(failure.verdict == .notSignedIn)
      #expect(failure.message.contains(what), "\(failure)")
      #expect(failure.message.hasPrefix("signing in to Microsoft Graph as application "))
      #expect(content.isEmpty || !failure.remedy.isEmpty)
    }
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `a file that others may open is refused, and a missing one`() async throws {
    let content = try certificate.keyPEM + certificate.certificatePEM
    let shared = try await scene.failure(way(try scene.file("graph.pem", content, mode: 0o640)))
    #expect(shared.message.contains("may be read by others"))
    #expect(shared.remedy.contains("chmod 600"))
    let missing = try await scene.failure(way("/nowhere/graph.pem"))
    #expect(missing.message.contains("No such file"))
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `a certificate out of date is not sent`() async throws {
    for (from, until, words) in [(-90.0, -1.0, "has expired"), (1.0, 90.0, "is valid from")] {
      let old = try certificate.renewed(from: from, until: until)
      let failure = try await scene.failure(
        way(try scene.file("graph.pem", old.keyPEM + old.certificatePEM)))
      #expect(failure.verdict == .notSignedIn)
      #expect(failure.message.contains(words))
    }
    #expect(scene.tenant.requests.isEmpty)
  }

  @Test func `a certificate that nobody has uploaded`() async throws {
    let stranger = try #require(SignInCertificate.stranger)
    let failure = try await scene.failure(
      way(try scene.file("graph.pem", stranger.keyPEM + stranger.certificatePEM)))
    #expect(failure.verdict == .notSignedIn)
    #expect(failure.message.contains("AADSTS700027: the certificate is none of the application's"))
    #expect(failure.remedy.contains("upload the certificate"))
    #expect(failure.remedy.contains(SignInScene.automationID))
  }

  @Test func `a clock that is wrong`() async throws {
    scene.tenant.withTenant { $0.faults.signInFailure = Faults.SignIn(code: 700_024) }
    let failure = try await scene.failure(way(scene.certificateFile()))
    #expect(failure.remedy.contains("timedatectl"))
  }

  @Test func `its end is the end of what keyturn signs in with`() async throws {
    let file = try scene.certificateFile()
    let credential = try await scene.signIn().ownCredential(for: scene.caller(way(file)))
    #expect(credential?.name == "the certificate \(file)")
    #expect(credential?.expiresAt == certificate.expiresAt)
    #expect(scene.tenant.requests.isEmpty)
  }
}
