import Foundation

/// What an access token says; the tenant remembers it under the token's text.
struct AccessToken: Sendable {
  /// The resource that the token was asked for, as it was written.
  let audience: String
  let appID: String
  let tenantID: String
  /// The permissions of the application, or those that a user has given it.
  let roles: [String]
  /// Whether a user is behind it.
  var isDelegated = false
  let issuedAt: Date
  let expiresAt: Date
  /// How often Graph has been asked with it.
  var uses = 0

  /// The token's text: shaped like a JWT, signed by nobody.
  func text(issuer: String, signature: Data) -> String {
    let header: JSON = ["typ": "JWT", "alg": "RS256", "kid": "simulated"]
    var claims: [(key: String, value: JSON)] = [
      ("aud", .string(audience)),
      ("iss", .string(issuer)),
      ("iat", .number(Int(issuedAt.timeIntervalSince1970))),
      ("nbf", .number(Int(issuedAt.timeIntervalSince1970))),
      ("exp", .number(Int(expiresAt.timeIntervalSince1970))),
      ("appid", .string(appID)),
      ("tid", .string(tenantID)),
      ("ver", "1.0"),
    ]
    // Entra leaves the claim out where there is no role; the token is good all the same.
    if isDelegated {
      claims.append(("scp", .string(roles.joined(separator: " "))))
    } else if !roles.isEmpty {
      claims.append(("roles", .array(roles.map(JSON.string))))
    }
    return [header.data, JSON.object(claims).data, signature].map(Self.base64URL)
      .joined(separator: ".")
  }

  /// Base64 for URLs, without padding (RFC 4648, section 5).
  private static func base64URL(_ data: Data) -> String {
    // Byte by byte, because a simulation makes thousands of tokens a second.
    var bytes = [UInt8](data.base64EncodedData())
    while bytes.last == UInt8(ascii: "=") { bytes.removeLast() }
    for position in bytes.indices {
      switch bytes[position] {
      case UInt8(ascii: "+"): bytes[position] = UInt8(ascii: "-")
      case UInt8(ascii: "/"): bytes[position] = UInt8(ascii: "_")
      default: break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Tenant {
  /// How many seconds a token is good for.
  var tokenLifetime: Int { faults.tokenLifetime ?? 3599 }

  /// Makes a token and remembers it.
  mutating func issueToken(
    for audience: String, to application: RegisteredApplication, in tenantID: String
  ) -> String {
    issueToken(
      for: audience, to: application.appID,
      roles: tenantID == id ? application.appRoles.sorted() : [], in: tenantID)
  }

  /// Makes a token for a client that need not be an application of the tenant's own.
  mutating func issueToken(
    for audience: String, to clientID: String, roles: [String], isDelegated: Bool = false,
    in tenantID: String
  ) -> String {
    let token = AccessToken(
      audience: audience, appID: clientID, tenantID: tenantID, roles: roles,
      isDelegated: isDelegated, issuedAt: now,
      expiresAt: now.addingTimeInterval(Double(tokenLifetime)))
    let text = token.text(
      issuer: "https://sts.windows.net/\(tenantID)/", signature: random.signature())
    // A tenant that is asked for tokens for years must not keep them all.
    if tokens.count >= 512 { tokens = tokens.filter { $0.value.expiresAt > now } }
    tokens[text] = token
    return text
  }

  /// The token that a request presents, whether it is still valid or not.
  func presentedToken(in request: TenantRequest) -> AccessToken? {
    guard let field = request.headers["Authorization"],
      field.prefix("bearer ".count).lowercased() == "bearer "
    else { return nil }
    let text = field.utf8.dropFirst("bearer ".count).drop { $0 == UInt8(ascii: " ") }
    let end = text.lastIndex { $0 != UInt8(ascii: " ") }
    return end.flatMap { tokens[String(Substring(text[...$0]))] }
  }

  /// Counts one use of the token that a request presents, and returns how often it was used.
  mutating func useToken(in request: TenantRequest) -> Int {
    guard let field = request.headers["Authorization"] else { return 0 }
    let text = field.dropFirst("bearer ".count).trimmingCharacters(in: .whitespaces)
    tokens[text]?.uses += 1
    return tokens[text]?.uses ?? 0
  }
}
