import Foundation

/// Microsoft Graph, as far as it tells when applications were used last.
public protocol SignInDirectory: Sendable {
  /// Reads when each application signed in last, or people signed in to it, page by page.
  ///
  /// Throttling is waited for and a page that fails is read again, as in a listing of applications;
  /// `pause` does the waiting.
  /// Throws: ``DirectoryFailure``, `forbidden` where the tenant does not give this evidence, and what
  /// `take` and `pause` throw.
  func lastSignIns(
    _ caller: DirectoryCaller, progress: @escaping @Sendable (ListingProgress) -> Void,
    pause: ListingPause?, take: @escaping @Sendable ([ApplicationSignIn]) async throws -> Void
  ) async throws
}

/// When an application was used last.
public struct ApplicationSignIn: Sendable, Equatable {
  public var clientID: GUID
  public var at: Date

  /// A sign-in of an application at an instant.
  public init(clientID: GUID, at: Date) {
    self.clientID = clientID
    self.at = at
  }
}

/// Where the last sign-ins are kept beside the tenant's picture, and go with it.
public protocol SignInCache: Sendable {
  /// When the report of a tenant was read as a whole; nil where it never was.
  func signInsReadAt(of tenant: String) async throws -> Date?

  /// The last sign-ins of these applications, as far as any is known.
  func lastSignIns(of tenant: String, _ clientIDs: [GUID]) async throws -> [GUID: Date]

  /// Keeps what a page of the report told; of an application the latest sign-in counts.
  func keep(_ signIns: [ApplicationSignIn], of tenant: String) async throws

  /// Notes that the whole report was read.
  func noteSignIns(of tenant: String, readAt now: Date) async throws
}
