import Foundation
import Keyturn

/// An access token with the time for which it can be used again.
struct GrantedToken: Sendable {
  /// How long before its end a token is no longer used, in seconds.
  static let margin: TimeInterval = 300

  var token: AccessToken
  var expiresAt: Date

  /// Whether a call that begins now may use it.
  func isUsable(at now: Date) -> Bool {
    now < expiresAt.addingTimeInterval(-Self.margin)
  }
}

/// Why a sign-in brought no token, before it is known on whose behalf.
struct GraphSignInFailure: Error, Sendable {
  var verdict: DirectoryFailure.Verdict
  /// What happened and why: one phrase, safe to show.
  var message: String
  var remedy: String
  /// The word of OAuth 2.0, where the token endpoint has refused.
  var error: String?
  /// Microsoft's codes, where the token endpoint has refused.
  var codes: [Int] = []

  /// A failure that somebody has to do something about.
  init(_ message: String, remedy: String) {
    self.init(.notSignedIn, message, remedy: remedy)
  }

  init(_ verdict: DirectoryFailure.Verdict, _ message: String, remedy: String) {
    self.verdict = verdict
    self.message = message
    self.remedy = remedy
  }

  /// A call's failure: to wait for where it is transient, else somebody has to do something.
  init(_ failure: CallFailure) {
    let verdict: DirectoryFailure.Verdict =
      if case .transient(let retryAfter) = failure.verdict {
        .later(retryAfter: retryAfter)
      } else {
        .notSignedIn
      }
    self.init(verdict, failure.message, remedy: failure.remedy)
  }

  /// A secret that can't be read.
  init(_ error: any Error) {
    guard let error = error as? KeyturnError else {
      self.init(.later(retryAfter: nil), "it was interrupted", remedy: "run the command again")
      return
    }
    self.init(error.message, remedy: error.hints.joined(separator: "; "))
  }

  /// The failure as the core knows it.
  func directoryFailure(as identity: String) -> DirectoryFailure {
    DirectoryFailure(
      verdict, "signing in to Microsoft Graph as \(identity): \(message)", remedy: remedy)
  }
}
