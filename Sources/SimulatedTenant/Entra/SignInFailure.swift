import Foundation

/// A refusal of the token endpoint, before it has ids and a time.
struct SignInFailure: Error, Sendable, Equatable {
  /// What the texts speak of.
  struct Subject: Sendable {
    var appID = ""
    var appName = ""
    /// The tenant as the request wrote it.
    var tenant = ""
    var tenantID = ""
    var directory = ""
    var scope = ""
    var resource = ""
    var parameter = ""
    /// Why a signature is not accepted.
    var reason = "The key was not found."
  }

  /// The number after `AADSTS`.
  let code: Int
  /// The HTTP status.
  let status: Int
  /// The OAuth 2 error.
  let error: String
  /// The description, without the code before it and the ids after it.
  let text: String

  /// Creates the refusal that Entra gives with this code.
  ///
  /// A code that is not in the table gets the class that most refusals of a request have.
  init(_ code: Int, about subject: Subject, oldTexts: Bool = false) {
    let entry = Self.table[code] ?? Self.deviceCodes[code]
    let template = oldTexts ? Self.oldTexts[code] ?? entry?.text : entry?.text
    self.code = code
    status = entry?.status ?? 400
    error = entry?.error ?? "invalid_request"
    text = Self.fill(template ?? "The request was refused.", from: subject)
  }

  /// The refusal of a client that asks for its token too often (RFC 8628, section 3.5).
  init(slowDown subject: Subject) {
    let pending = SignInFailure(70_016, about: subject)
    code = pending.code
    status = pending.status
    error = "slow_down"
    text = pending.text
  }

  private static func fill(_ template: String, from subject: Subject) -> String {
    let values = [
      "appID": subject.appID, "appName": subject.appName, "tenant": subject.tenant,
      "tenantID": subject.tenantID, "directory": subject.directory, "scope": subject.scope,
      "resource": subject.resource, "parameter": subject.parameter, "reason": subject.reason,
    ]
    var filled = ""
    var rest = template[...]
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
    {
      let name = rest[rest.utf8.index(after: open)..<close]
      filled += rest[..<open]
      filled += values[String(name)] ?? "{\(name)}"
      rest = rest[rest.utf8.index(after: close)...]
    }
    return filled + rest
  }
}
