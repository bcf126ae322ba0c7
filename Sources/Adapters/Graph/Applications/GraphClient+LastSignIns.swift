import Foundation
import Keyturn

/// When the applications of a tenant were used last.
///
/// Source: Microsoft Graph beta, "List servicePrincipalSignInActivities"; it is not in every cloud.
extension GraphClient: SignInDirectory {
  public func lastSignIns(
    _ caller: DirectoryCaller, progress: @escaping @Sendable (ListingProgress) -> Void,
    pause: ListingPause?, take: @escaping @Sendable ([ApplicationSignIn]) async throws -> Void
  ) async throws {
    var pages = ApplicationPages(
      client: self, caller: caller, content: SignInPageContent(), progress: progress, pause: pause,
      hand: take)
    switch try await pages.read(from: Self.lastSignIns) {
    case .complete, .unfinished: return
    case .refused(let answer) where [400, 404].contains(answer.status):
      throw answer.failure(without: "report of sign-ins")
    case .refused(let answer): throw answer.failure
    }
  }

  private static let lastSignIns = GraphCall(
    purpose: "reading the last sign-ins of applications from Microsoft Graph", version: "beta",
    path: "reports/servicePrincipalSignInActivities", query: "$top=999",
    permission: "AuditLog.Read.All",
    otherwise: "nobody knows which applications are not used any more")
}

/// The rows of a page of the report.
struct SignInPageContent: PageContent {
  private(set) var page: [ApplicationSignIn] = []
  let name = "sign-ins"

  var weight: Int { page.count }

  mutating func add(_ element: UnsafeBufferPointer<UInt8>) throws {
    if let signIn = try ApplicationSignIn(element) { page.append(signIn) }
  }

  mutating func drain() { page = [] }

  mutating func finish(oversized: Int) {}
}

extension ApplicationSignIn {
  /// Reads a row of the report; nil where nobody signed in, or the row is about no application.
  ///
  /// Source: Microsoft Graph beta, resources `servicePrincipalSignInActivity` and `signInActivity`.
  /// Throws: ``JSONReader/Malformed`` where it is no JSON, has a date that is none, or says
  /// the same thing twice.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    var reader = JSONReader(bytes)
    var met = MetMembers()
    var clientID: GUID?
    var newest: Int?
    try reader.object { reader, member in
      if member.equals("appId") {
        try met.note(0, reader)
        clientID = try reader.optionalText()?.guid
      } else if try reader.kind() == .object {
        // Whatever it was used as: by itself, by people, as a client or as a resource.
        try reader.object { reader, member in
          let isInstant =
            member.equals("lastSignInDateTime")
            || member.equals("lastNonInteractiveSignInDateTime")
            || member.equals("lastSuccessfulSignInDateTime")
          guard isInstant else { return try reader.skip() }
          guard let text = try reader.optionalText() else { return }
          // What can't be dated may be the newest.
          guard
            let at = text.instant ?? GraphValue.text(text.string).instant.map({ Int($0.seconds) })
          else { throw reader.complaint }
          // .NET's first instant stands for "never".
          if at > 0 { newest = max(newest ?? at, at) }
        }
      } else {
        try reader.skip()
      }
    }
    try reader.end()
    guard let clientID, let newest else { return nil }
    self.init(clientID: clientID, at: Date(timeIntervalSince1970: TimeInterval(newest)))
  }
}
