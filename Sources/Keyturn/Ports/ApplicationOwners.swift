import Foundation

/// Microsoft Graph, as far as the owners of applications go.
public protocol OwnerDirectory: Sendable {
  /// How many applications are asked about at once.
  var ownerBatch: Int { get }

  /// Reads the owners of applications by their object ids, in one request that is not repeated; not more
  /// than ``ownerBatch``.
  ///
  /// Throws: ``DirectoryFailure`` where nothing was answered at all.
  func owners(
    of applications: [GUID], _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> OwnerAnswers
}

/// What asking for the owners of several applications brought.
public struct OwnerAnswers: Sendable {
  /// By the application's object id.
  public var owners: [GUID: [ApplicationOwner]]
  /// The applications that are gone.
  public var gone: Set<GUID>
  /// The first failure of those about which nothing was answered; nil where everything was.
  public var failure: DirectoryFailure?

  /// Answers as they came.
  public init(
    owners: [GUID: [ApplicationOwner]] = [:], gone: Set<GUID> = [],
    failure: DirectoryFailure? = nil
  ) {
    self.owners = owners
    self.gone = gone
    self.failure = failure
  }
}

/// Where the owners of applications are kept beside the tenant's picture, and go with it.
public protocol OwnerCache: Sendable {
  /// What is known of the owners of these applications.
  func owners(of tenant: String, _ applications: [GUID]) async throws -> [GUID: KnownOwners]

  /// Keeps owners as they were read; what is about an application that the picture does not have is
  /// dropped.
  func keep(
    _ owners: [GUID: [ApplicationOwner]], of tenant: String, readAt now: Date
  ) async throws
}
