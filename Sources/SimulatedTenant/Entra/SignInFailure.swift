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
    let entry = Self.table[code]
    let template = oldTexts ? Self.oldTexts[code] ?? entry?.text : entry?.text
    self.code = code
    status = entry?.status ?? 400
    error = entry?.error ?? "invalid_request"
    text = Self.fill(template ?? "The request was refused.", from: subject)
  }

  private static func fill(_ template: String, from subject: Subject) -> String {
    let values = [
      ("{appID}", subject.appID), ("{appName}", subject.appName), ("{tenant}", subject.tenant),
      ("{tenantID}", subject.tenantID), ("{directory}", subject.directory),
      ("{scope}", subject.scope), ("{resource}", subject.resource),
      ("{parameter}", subject.parameter),
    ]
    return values.reduce(template) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }
}
