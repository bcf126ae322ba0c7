import Crypto
import CryptoExtras
import Foundation
import Keyturn

/// A signed statement that takes the place of a client secret.
///
/// Source: RFC 7523 section 3; Microsoft, "Microsoft identity platform application authentication
/// certificate credentials".
struct ClientAssertion: Sendable {
  /// How it is signed, and by which thumbprint the certificate is found.
  enum Algorithm: String, Sendable {
    /// RSASSA-PSS with SHA-256, and the SHA-256 thumbprint.
    case ps256 = "PS256"
    /// RSASSA-PKCS1-v1_5 with SHA-256, and the SHA-1 thumbprint: what older services know.
    case rs256 = "RS256"
  }

  /// How long it is valid, in seconds; a clock that is a minute fast does no harm.
  private static let lifetime: TimeInterval = 600
  private static let leeway: TimeInterval = 60

  let certificate: SigningCertificate
  let clientID: String
  /// The token endpoint.
  let audience: URL

  /// The statement as a JWT (RFC 7519), for one use.
  ///
  /// Throws: an error of the cryptographic library where the key can't sign.
  func signed(_ algorithm: Algorithm, in context: Context) throws -> SecretValue {
    let header = Header(
      alg: algorithm.rawValue,
      sha1: algorithm == .rs256
        ? Self.base64URL(Insecure.SHA1.hash(data: certificate.encoded)) : nil,
      sha256: algorithm == .ps256 ? Self.base64URL(SHA256.hash(data: certificate.encoded)) : nil)
    let now = context.now()
    let start = Int(now.timeIntervalSince1970 - Self.leeway)
    let claims = Claims(
      aud: audience.absoluteString, exp: start + Int(Self.lifetime),
      iat: Int(now.timeIntervalSince1970), iss: clientID, jti: context.uuid7(), nbf: start,
      sub: clientID)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let statement = [try encoder.encode(header), try encoder.encode(claims)]
      .map(Self.base64URL).joined(separator: ".")
    let signature = try certificate.key.signature(
      for: SHA256.hash(data: Data(statement.utf8)),
      padding: algorithm == .ps256 ? .PSS : .insecurePKCS1v1_5)
    return SecretValue("\(statement).\(Self.base64URL(signature.rawRepresentation))")
  }

  /// Base64 for URLs, without padding (RFC 4648 section 5).
  private static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
      .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
  }

  private struct Header: Encodable {
    var alg: String
    var typ = "JWT"
    var sha1: String?
    var sha256: String?

    private enum CodingKeys: String, CodingKey {
      case alg, typ
      case sha1 = "x5t"
      case sha256 = "x5t#S256"
    }
  }

  private struct Claims: Encodable {
    var aud: String
    var exp: Int
    var iat: Int
    var iss: String
    var jti: String
    var nbf: Int
    var sub: String
  }
}

/// Signs in as an application with a certificate.
struct CertificateSignIn: Sendable {
  let world: SignInWorld
  let tenant: SignInTenant
  let clientID: String
  let file: String

  /// A token, asked for with the newer algorithm first.
  func token() async throws(GraphSignInFailure) -> GrantedToken {
    // Read anew each time, so that a renewed file needs no restart.
    let certificate = try SigningCertificate.load(file)
    try certificate.check(at: world.context.now(), origin: file)
    do {
      return try await token(certificate, .ps256)
    } catch {
      guard error.mayBeAboutTheAlgorithm else { throw error }
      return try await token(certificate, .rs256)
    }
  }

  /// The certificate's end.
  func ownCredential() throws(GraphSignInFailure) -> OwnCredential {
    let certificate = try SigningCertificate.load(file)
    return OwnCredential(name: "the certificate \(file.shown())", expiresAt: certificate.validUntil)
  }

  private func token(
    _ certificate: SigningCertificate, _ algorithm: ClientAssertion.Algorithm
  ) async throws(GraphSignInFailure) -> GrantedToken {
    let grant = TokenGrant(world, tenant: tenant, clientID: clientID, credential: .certificate)
    let assertion = ClientAssertion(
      certificate: certificate, clientID: clientID,
      audience: grant.connection.server.tokenEndpoint)
    let signed: SecretValue
    do {
      signed = try assertion.signed(algorithm, in: world.context)
    } catch {
      throw GraphSignInFailure(
        "the key in \(file.shown()) can't sign", remedy: "make a new key and certificate")
    }
    return try await grant.token(assertion: signed)
  }
}

extension GraphSignInFailure {
  /// Whether the same statement, signed in the older way, may be accepted.
  ///
  /// AADSTS700027 covers an unknown algorithm and an unknown thumbprint alike.
  fileprivate var mayBeAboutTheAlgorithm: Bool {
    codes.contains(700_027) || message.lowercased().contains("algorithm")
  }
}
