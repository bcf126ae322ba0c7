import Foundation

/// Microsoft Graph, as far as all applications of a tenant go.
public protocol TenantDirectory: Sendable {
  /// A mark of the present: what changes after it can be read by it; nil where the tenant gives none.
  ///
  /// Throws: ``DirectoryFailure``.
  func changeMark(
    of scope: ObservedScope, _ caller: DirectoryCaller,
    progress: @escaping @Sendable (ListingProgress) -> Void, pause: ListingPause?
  ) async throws(DirectoryFailure) -> String?

  /// Reads the objects of a scope page by page, and hands each page to `take` while the next one is under way.
  ///
  /// Throttling is waited for, a page that fails is read again, and a token that expires meanwhile is
  /// replaced: the same application may be handed over more than once. `pause` does the waiting.
  /// Throws: ``DirectoryFailure`` where the reading breaks off, and what `take` and `pause` throw.
  func read(
    _ listing: ApplicationListing, of scope: ObservedScope, _ caller: DirectoryCaller,
    progress: @escaping @Sendable (ListingProgress) -> Void, pause: ListingPause?,
    take: @escaping @Sendable (ApplicationPage) async throws -> Void
  ) async throws -> ListingEnd

  /// Reads one object of a scope by its object id; nil where there is none.
  func application(
    _ objectID: GUID, of scope: ObservedScope, _ caller: DirectoryCaller
  ) async throws(DirectoryFailure) -> ObservedApplication?
}

/// Waits before each request, and after a refusal.
///
/// For so many seconds, which are none as a rule, and for whatever else the next request has to wait for.
/// Throws where there is no time for that.
public typealias ListingPause = @Sendable (TimeInterval) async throws -> Void

/// Which applications are read.
public enum ApplicationListing: Sendable, Equatable {
  /// All of them.
  case all
  /// All of them, provided that they are one page.
  case onePage
  /// What has changed since a mark.
  case changes(since: String)
}

/// How a reading ended.
public enum ListingEnd: Sendable, Equatable {
  /// Every page was read; the mark for the next time, where there is one.
  case complete(mark: String?)
  /// There is more than the one page that was wanted.
  case unfinished
  /// The mark is too old, or not known any more: everything has to be read.
  case outdated
}

/// A part of a listing.
public struct ApplicationPage: Sendable, Equatable {
  public var applications: [ObservedApplication] = []
  /// The object ids of applications that are gone.
  public var removed: [GUID] = []
  /// How many applications could not be read: too large, or without what makes them one.
  public var unreadable = 0

  /// An empty page.
  public init() {}
}

/// Where a listing stands.
public enum ListingProgress: Sendable, Equatable {
  /// So many applications were read since the last word.
  case read(Int)
  /// Nothing is asked until then; throttled, or the service has a passing fault.
  case waiting(until: Date, isThrottled: Bool)
}
