import Keyturn

/// What some codes mean where something else than a connection's client secret was presented.
extension AADSTSTable {
  /// What a request to the token endpoint presents.
  enum Credential: Sendable {
    /// The client secret that keyturn looks after.
    case connectionSecret
    /// The client secret of the application with which keyturn signs in to Microsoft Graph.
    case ownSecret
    /// A client assertion, signed with a certificate's key.
    case certificate
    /// A client assertion that the platform has signed.
    case federatedToken
    /// Nothing: a person signs in, in a browser.
    case deviceCode
  }

  /// The meaning of a code; nil for one that is not explained here.
  static func entry(_ code: Int, for credential: Credential) -> Entry? {
    let own: [Int: Entry] =
      switch credential {
      case .connectionSecret: [:]
      case .ownSecret: ownSecret
      case .certificate: certificate
      case .federatedToken: federatedToken
      case .deviceCode: deviceCode
      }
    return own[code] ?? entries[code]
  }

  private static let ownSecret: [Int: Entry] = [
    7_000_215: Entry(
      .refused, "the client secret is wrong: mistyped, deleted, or made in the last minutes",
      "put the secret's Value, not its Secret ID, where client_secret_file or client_secret_command"
        + " takes it from ({secrets})"),
    7_000_222: Entry(
      .expired, "the client secret has expired",
      "make a new one ({secrets}), and put its Value where client_secret_file or"
        + " client_secret_command takes it from"),
    7_000_216: Entry(
      .refused, "no client secret arrived: the value is empty",
      "put the secret's Value where client_secret_file or client_secret_command takes it from"),
  ]

  private static let certificate: [Int: Entry] = [
    700_027: Entry(
      .refused, "the certificate is none of the application's, or has expired",
      "upload the certificate of certificate_file to the application ({secrets}, Certificates);"
        + " a new one needs a few minutes"),
    700_021: Entry(
      .refused, "the signed statement names another application",
      "look for something on the way that changes requests"),
    700_023: Entry(
      .refused, "the signed statement was made for another address than it was sent to",
      "check cloud: and the tenant's id in the configuration"),
    700_024: clock("compare this machine's clock with the time: timedatectl"),
    7_000_216: Entry(
      .refused, "no signature arrived", "look for a proxy that shortens requests on the way"),
  ]

  private static let federatedToken: [Int: Entry] = [
    700_027: Entry(
      .refused, "the platform's token has a signature that does not fit its issuer",
      "check that the issuer's keys can be read by Microsoft (its .well-known/openid-configuration)"
    ),
    70_021: mismatch("no federated credential of the application fits the platform's token"),
    700_211: mismatch("no federated credential of the application has the token's issuer"),
    700_212: mismatch("no federated credential of the application has the token's audience"),
    700_213: mismatch("no federated credential of the application has the token's subject"),
    700_024: clock("check that the platform renews the token file, and this machine's clock"),
    7_000_215: Entry(
      .refused, "a client secret was judged in place of the platform's token",
      "check that {client} is the application with the federated credential"),
  ]

  private static let deviceCode: [Int: Entry] = [
    7_000_218: Entry(
      .blocked, "the application {client} does not allow sign-ins by device code",
      "set Authentication > Allow public client flows to Yes for it, or leave client_id out"),
    7_000_215: Entry(
      .refused, "a client secret was judged, though none was sent",
      "check that nothing on the way changes requests"),
    53_003: Entry(
      .blocked, "a Conditional Access policy blocks signing in by device code",
      "choose another sign_in, or let the tenant's administrators allow it for {client}"),
    65_001: Entry(
      .blocked, "nobody has consented to the permissions of the application {client}",
      "let an administrator consent, or leave client_id out"),
    700_016: Entry(
      .blocked, "the tenant has no application with the client id {client}",
      "check client_id of graph: in the configuration, or leave it out"),
  ]

  private static func mismatch(_ explanation: String) -> Entry {
    Entry(
      .refused, explanation,
      "compare issuer, subject and audience with Federated credentials of the application"
        + " ({secrets}); a new one needs a few minutes")
  }

  private static func clock(_ remedy: String) -> Entry {
    Entry(.refused, "the signed statement is not valid at this time", remedy)
  }
}
