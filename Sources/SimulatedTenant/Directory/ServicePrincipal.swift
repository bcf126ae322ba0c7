import Foundation

/// What stands for an application in the tenant: the tenant's own, another tenant's, or a machine's.
///
/// See <https://learn.microsoft.com/graph/api/resources/serviceprincipal>.
public struct ServicePrincipal: Sendable {
  /// What it stands for; the raw values are Graph's.
  public enum Kind: String, Sendable {
    case application = "Application"
    /// Azure makes it for a machine, and renews its certificate.
    case managedIdentity = "ManagedIdentity"
  }

  /// Its own id, which addresses it in Graph.
  public let objectID: String
  /// The client id.
  public let appID: String
  /// The name in the portal.
  public var displayName: String
  public var kind = Kind.application
  /// The directory id of the tenant where the application is registered.
  public var ownerTenantID: String
  public var credentials: PrincipalCredentials
  let createdAt: Date
  var isEnabled = true
  var audience = ApplicationRegistration.SignInAudience.multipleOrganizations
  /// The tenant's revision when anything about it changed last.
  var revision = 0
  var deletedAt: Date?
}

/// The credentials of a service principal, beside those of its application.
public struct PrincipalCredentials: Sendable {
  /// Client secrets, without values: nobody signs in with them here.
  public var secrets: [ApplicationRegistration.Secret] = []
  /// Certificates that it signs in with.
  public var certificates: [RegisteredCertificate] = []
  /// Certificates that SAML tokens for it are signed with.
  public var signingCertificates: [RegisteredCertificate] = []

  /// No credentials, as most service principals have.
  public init() {}

  var isEmpty: Bool { secrets.isEmpty && certificates.isEmpty && signingCertificates.isEmpty }

  /// The passwords as Graph shows them; that of a signing certificate opens its private key.
  ///
  /// See <https://learn.microsoft.com/graph/api/serviceprincipal-addtokensigningcertificate>.
  func passwords(of objectID: String) -> JSON {
    let own = secrets.enumerated().map { position, secret -> JSON in
      let keyID = SplitMix64.guid(
        from: "\(objectID) \(position) \(secret.startsAt.timeIntervalSince1970)")
      return [
        "customKeyIdentifier": nil, "displayName": .optional(secret.displayName),
        "endDateTime": .string(WireTime.graph(secret.expiresAt)),
        "hint": .string(String(keyID.prefix(3))), "keyId": .string(keyID), "secretText": nil,
        "startDateTime": .string(WireTime.graph(secret.startsAt)),
      ]
    }
    let openers = signingCertificates.map { certificate -> JSON in
      [
        "customKeyIdentifier": .string(certificate.sha256.base64EncodedString()),
        "displayName": .string(certificate.displayName),
        "endDateTime": .string(WireTime.graph(certificate.expiresAt)), "hint": nil,
        "keyId": .string(SplitMix64.guid(from: "sign \(certificate.keyID)")), "secretText": nil,
        "startDateTime": .string(WireTime.graph(certificate.startsAt)),
      ]
    }
    return .array(own + openers)
  }

  /// The keys as Graph shows them: of a signing certificate the private one, which it never shows, and
  /// the public one.
  func keys(showsKey: Bool) -> JSON {
    let own = certificates.map { $0.keyCredential(showsKey: showsKey) }
    let pairs = signingCertificates.flatMap { certificate -> [JSON] in
      let identifier = JSON.string(certificate.sha256.base64EncodedString())
      let verifies = certificate.keyCredential(showsKey: showsKey)
        .setting("customKeyIdentifier", to: identifier)
      let signs = verifies.setting("usage", to: "Sign").setting("type", to: "X509CertAndPassword")
        .setting("key", to: nil)
        .setting("keyId", to: .string(SplitMix64.guid(from: "sign \(certificate.keyID)")))
      return [signs, verifies]
    }
    return .array(own + pairs)
  }
}
