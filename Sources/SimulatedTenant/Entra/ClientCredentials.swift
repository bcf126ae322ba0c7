import Foundation

/// How a client says who it is: in the form, or by HTTP Basic (RFC 6749, section 2.3.1).
struct ClientCredentials: Sendable {
  var clientID: String?
  var secret: String?
  /// A signed statement in place of a secret (RFC 7521, section 4.2).
  var assertion: String?

  init(request: TenantRequest, form: FormFields) {
    clientID = form.nonEmpty("client_id")
    secret = form.nonEmpty("client_secret")
    assertion = form.nonEmpty("client_assertion")
    guard let field = request.headers["Authorization"], field.lowercased().hasPrefix("basic "),
      let decoded = Data(base64Encoded: String(field.dropFirst("basic ".count)))
    else { return }
    let parts = String(decoding: decoded, as: UTF8.self)
      .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(FormFields.decode)
    guard parts.count == 2 else { return }
    clientID = clientID ?? parts[0]
    secret = secret ?? (parts[1].isEmpty ? nil : parts[1])
  }
}
