import Foundation
import Keyturn

/// What Microsoft Graph's errors mean for somebody who renews client secrets.
///
/// The one place for it. Statuses and codes follow Microsoft, "Microsoft Graph error responses and
/// resource types"; where no code is documented, the words of live answers stand in for it. In the
/// texts, `{client}`, `{secrets}`, `{rights}` and `{otherwise}` stand for what belongs to the connection.
enum GraphRefusalTable {
  /// What follows from an error.
  enum Meaning: Sendable {
    case verdict(DirectoryFailure.Verdict)
    /// Nothing was done; the same call is good later.
    case throttled
    /// A passing fault: a read may be repeated, and of a write nobody knows whether it was done.
    case busy
  }

  /// One error's meaning.
  struct Entry: Sendable {
    var statuses: ClosedRange<Int>
    /// In lower case; empty for any.
    var codes: Set<String> = []
    /// In lower case, any of them in Microsoft's message, where the code does not tell.
    var words: [String] = []
    var meaning: Meaning
    /// What is the case, as one phrase.
    var explanation: String
    /// What to do.
    var remedy: String
  }

  /// The entry for an answer; there is one for every status from 400 on.
  static func entry(status: Int, codes: [String], message: String) -> Entry? {
    let codes = Set(codes.map { $0.lowercased() })
    let message = message.lowercased()
    return entries.first { entry in
      guard entry.statuses.contains(status) else { return false }
      if entry.codes.isEmpty, entry.words.isEmpty { return true }
      return !entry.codes.isDisjoint(with: codes)
        || entry.words.contains { message.contains($0) }
    }
  }

  /// The first that fits counts; those without codes and words are what is left for a status.
  static let entries = policies + limits + objects + rights + passing + others

  private static let policies = [
    Entry(
      statuses: 400...403, codes: ["credentialinvalidlifetimeasperapppolicy"],
      meaning: .verdict(.lifetimeTooLong),
      explanation: "a policy of the tenant wants client secrets that live shorter",
      remedy: "set lifetime: of the connection's policy to what the tenant allows, or let an"
        + " administrator exempt {client} (app management policies)"),
    Entry(
      statuses: 400...403, codes: ["credentialtypenotallowedasperapppolicy"],
      meaning: .verdict(.passwordsForbidden),
      explanation: "a policy of the tenant allows the application no client secrets",
      remedy: "let the consumer sign in with a certificate or a federated credential, if it can;"
        + " otherwise an administrator has to exempt {client} (app management policies)"),
  ]

  private static let limits = [
    Entry(
      statuses: 400...403, codes: ["toomanyapppasswords"],
      words: ["maximum of 2 passwords", "maximum of 2 encrypted credentials"],
      meaning: .verdict(.full),
      explanation: "an application for personal accounts can have two client secrets, and has them",
      remedy: "remove one that nobody needs ({secrets}), or let only accounts of organizations sign"
        + " in (Authentication > Supported account types)"),
    Entry(
      statuses: 400...403, codes: ["directory_resourcesizeexceeded"],
      words: ["size of the object has exceeded its limit"], meaning: .verdict(.full),
      explanation: "the application can hold no more values",
      remedy: "remove client secrets, certificates, redirect URIs or roles that nobody needs"
        + " ({secrets})"),
  ]

  private static let objects = [
    Entry(
      statuses: 400...404, words: ["no password credential found"],
      meaning: .verdict(.unknownPassword),
      explanation: "the application has no such client secret, or the replica that was asked has"
        + " not heard of it",
      remedy: "nothing, if it is gone from {secrets}; after a change it takes some minutes"),
    Entry(
      statuses: 404...404, meaning: .verdict(.unknownApplication),
      explanation: "there is no such application, or it may not be seen",
      remedy: "compare client_id ({client}) with the Application (client) ID in the portal, and the"
        + " tenant's id with the tenant in which the application is registered; {rights}"),
  ]

  private static let rights = [
    Entry(
      statuses: 401...401, meaning: .verdict(.notSignedIn),
      explanation: "Microsoft Graph does not accept the token, not even a new one",
      remedy: "check this machine's clock, and cloud: in the configuration"),
    Entry(
      statuses: 403...403,
      codes: ["authentication_requestfromnonpremiumtenantorb2ctenant"],
      meaning: .verdict(.forbidden),
      explanation: "the tenant's licence does not include the sign-in reports",
      remedy: "they come with Microsoft Entra ID P1; without them {otherwise}"),
    Entry(
      statuses: 403...403, meaning: .verdict(.forbidden),
      explanation: "keyturn may not do this",
      remedy: "{rights}"),
  ]

  private static let passing = [
    Entry(
      statuses: 409...599, codes: ["directory_concurrencyviolation"], meaning: .busy,
      explanation: "somebody else changes the tenant at the same moment",
      remedy: "{again}"),
    Entry(
      statuses: 429...429, meaning: .throttled,
      explanation: "the tenant or this application asks Microsoft Graph too often",
      remedy: "wait; look for another program that uses the same application in a loop"),
    Entry(
      statuses: 408...409, meaning: .busy,
      explanation: "Microsoft Graph could not do it at the moment", remedy: "{again}"),
    Entry(
      statuses: 500...599, meaning: .busy,
      explanation: "Microsoft Graph has a passing fault",
      remedy: "{again}; Microsoft's state: https://status.cloud.microsoft"),
  ]

  private static let others = [
    Entry(
      statuses: 400...999, meaning: .verdict(.refused),
      explanation: "Microsoft Graph does not accept the call",
      remedy: "check client_id ({client}) and cloud: in the configuration; with the request id"
        + " Microsoft's support finds the call")
  ]
}
