import Foundation
import Keyturn

/// What Microsoft Entra's error codes mean for somebody who renews client secrets.
///
/// The one place for it. Codes and meanings follow Microsoft, "Microsoft Entra authentication and
/// authorization error codes"; the verdicts are this tool's. In the texts, `{client}`, `{tenant}`,
/// `{scope}` and `{secrets}` stand for the connection's own values.
enum AADSTSTable {
  /// One code's meaning.
  struct Entry: Sendable {
    var verdict: CallFailure.Verdict
    /// What is the case, as one phrase.
    var explanation: String
    /// What to do.
    var remedy: String

    init(_ verdict: CallFailure.Verdict, _ explanation: String, _ remedy: String) {
      self.verdict = verdict
      self.explanation = explanation
      self.remedy = remedy
    }
  }

  /// Every code that is explained here.
  static let entries: [Int: Entry] = [secrets, applications, tenants, scopes, requests, policies]
    .reduce(into: busy) { all, part in all.merge(part) { first, _ in first } }

  private static let secrets: [Int: Entry] = [
    7_000_215: Entry(
      .wrongOrNotReplicated,
      "the client secret is wrong: mistyped or deleted, or made so recently that not all of"
        + " Microsoft's servers know it",
      "check that the secret's Value was entered and not its Secret ID ({secrets}); a secret made"
        + " in the last minutes needs a little patience"),
    7_000_222: Entry(
      .expired, "the client secret has expired",
      "make a new one with: keyturn rotate (in the portal: {secrets})"),
    7_000_216: Entry(
      .refused, "no client secret arrived: the value is empty",
      "record the secret again, with: keyturn record"),
    7_000_218: Entry(
      .blocked,
      "the request arrived without a client secret, although one was sent",
      "look for a proxy that shortens requests on the way to Microsoft"),
    700_027: Entry(
      .blocked, "a certificate's signature was judged in place of the client secret",
      "check that {client} is the application whose secret this is"),
    70_021: federated("a federated credential was judged in place of the client secret"),
    700_211: federated("a federated token's issuer was judged in place of the client secret"),
    700_212: federated("a federated token's audience was judged in place of the client secret"),
    700_213: federated("a federated token's subject was judged in place of the client secret"),
    700_021: federated("a signed statement of another application was judged"),
    700_023: federated("a signed statement for another address was judged"),
    700_024: federated("a signed statement of another time was judged"),
  ]

  /// Something that only a sign-in with a federated credential or a certificate can be told.
  private static func federated(_ explanation: String) -> Entry {
    Entry(
      .blocked, explanation,
      "check that {client} is the application whose secret this is, under Certificates & secrets")
  }

  private static let applications: [Int: Entry] = [
    700_016: Entry(
      .blocked, "the tenant has no application with this client id",
      "compare client_id ({client}) with the Application (client) ID on the application's"
        + " Overview page, and {tenant} with its Directory (tenant) ID; a new application needs a"
        + " few seconds"),
    7_000_229: Entry(
      .blocked, "the application is registered, but has no enterprise application in the tenant",
      "create it: az ad sp create --id {client}, or grant admin consent on the application's API"
        + " permissions page"),
    7_000_112: Entry(
      .blocked, "the application is disabled in the tenant",
      "open Enterprise applications > the application > Properties, and set Enabled for users to"
        + " sign-in to Yes"),
    70_001: Entry(
      .blocked, "the tenant does not know the application, or has disabled it",
      "look for {client} under Enterprise applications, and check Properties > Enabled for users to"
        + " sign-in"),
    65_001: Entry(
      .blocked, "nobody has consented to the application's permissions",
      "let an administrator choose Grant admin consent on the application's API permissions page"),
    50_034: Entry(
      .blocked, "a user account was looked for and not found, though none is needed here",
      "check that {client} is an application's client id and not a user's id"),
    50_126: Entry(
      .blocked, "a user's name and password were judged, though none are needed here",
      "check that the token endpoint is Microsoft's, and that nothing on the way changes requests"),
  ]

  private static let tenants: [Int: Entry] = [
    90_002: Entry(
      .blocked, "there is no such tenant in this cloud",
      "compare the tenant's id ({tenant}) with Directory (tenant) ID in the portal, and check"
        + " cloud: in the configuration (public, us-government, us-dod, china)"),
    900_023: Entry(
      .blocked, "the tenant's id is neither a directory id nor a domain name",
      "write the Directory (tenant) ID or a verified domain in place of {tenant}"),
    90_038: Entry(
      .blocked, "the tenant belongs to another national cloud",
      "set cloud: for this tenant in the configuration (public, us-government, us-dod, china)"),
    900_382: Entry(
      .blocked, "an application with a secret can't sign in across national clouds",
      "use a tenant, application and environment of one cloud, and set cloud: to it"),
    9_001_023: Entry(
      .blocked, "the tenant is given as common or consumers, where applications can't sign in",
      "write the Directory (tenant) ID in place of {tenant}"),
    50_059: Entry(
      .blocked, "the request does not say which tenant is meant",
      "write the Directory (tenant) ID in place of {tenant}"),
    50_194: Entry(
      .blocked, "the application belongs to one tenant only, and was used with the address for all",
      "write that tenant's Directory (tenant) ID in place of {tenant}"),
  ]

  private static let scopes: [Int: Entry] = [
    500_011: Entry(
      .blocked, "the tenant does not know the resource that the token is for",
      "check the environment's address ({scope}) and that it belongs to {tenant}"),
    1_002_012: Entry(
      .blocked, "the scope is not of the form that applications need, which ends in /.default",
      "write the resource's address with /.default as scope:, not encoded; now it is {scope}"),
    70_011: Entry(
      .blocked, "the scope is not valid",
      "check scope: or the environment's address in the configuration; now it is {scope}"),
    700_022: Entry(
      .blocked, "the scope names more than one resource",
      "name one resource as scope:; now it is {scope}"),
  ]

  private static let requests: [Int: Entry] = [
    70_003: Entry(
      .blocked, "the tenant's token endpoint does not accept the client credentials grant",
      "check cloud: and the tenant's id in the configuration"),
    900_144: Entry(
      .blocked, "a part of the request was missing when it arrived",
      "check that client_id and scope are set; look for a proxy that shortens requests"),
    900_561: Entry(
      .blocked, "the request arrived with another method than POST",
      "look for a proxy that changes requests on the way to Microsoft"),
  ]

  private static let policies: [Int: Entry] = [
    53_003: Entry(
      .blocked, "a Conditional Access policy blocks the application",
      "look at Sign-in logs > Service principal sign-ins for the policy's name; allow this machine's"
        + " network for workload identity {client}"),
    530_032: Entry(
      .blocked, "the tenant's security policy blocks the application",
      "let the tenant's security administrator look up the correlation id in the sign-in logs"),
    500_021: Entry(
      .blocked, "this network lets only certain tenants pass, and this tenant is not among them",
      "let whoever runs the proxy add {tenant} to its tenant restrictions"),
    50_196: Entry(
      .transient(retryAfter: RetryAfter.longest),
      "the same request came too often, and Microsoft has stopped answering it",
      "wait some minutes, and look for another program that uses client id {client} in a loop"),
  ]

  private static let again = "nothing is wrong with the secret; the call is repeated later"

  private static let busy: [Int: Entry] = [
    90_033: Entry(
      .transient(retryAfter: nil), "Microsoft's directory is not available for the moment", again),
    90_024: Entry(
      .transient(retryAfter: nil), "Microsoft's sign-in service ran out of time for the moment",
      again),
    50_033: Entry(
      .transient(retryAfter: nil), "Microsoft's sign-in service had a passing fault", again),
    90_006: Entry(
      .transient(retryAfter: nil), "a service behind Microsoft's sign-in is not available", again),
    90_012: Entry(
      .transient(retryAfter: nil), "the request took Microsoft too long", again),
    90_090: Entry(
      .transient(retryAfter: nil), "the graph behind Microsoft's sign-in is not available", again),
    90_055: Entry(
      .transient(retryAfter: 60), "the tenant sends Microsoft too many requests",
      "wait, and look in the sign-in logs for what else signs in so often"),
  ]
}
