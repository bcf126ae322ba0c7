import Foundation

/// Where the pictures of whole tenants are kept: of each kind of object the newest complete one.
public protocol ApplicationInventory: Sendable {
  /// What is known of a tenant's picture; nil where there is none.
  func state(of tenant: String, _ kind: ObservedKind) async throws -> InventoryState?

  /// Begins a new picture, beside the one that there is; what an interrupted reading left is dropped.
  ///
  /// The picture of another `directory` under the same name is dropped too. With `isWhole` everything
  /// is going to be read: what is not met is then gone.
  func begin(
    _ tenant: String, _ scope: ObservedScope, directory: String, isWhole: Bool
  ) async throws -> any InventoryReading

  /// Drops the picture of a kind of object that is not observed any more.
  func drop(_ tenant: String, _ kind: ObservedKind) async throws

  /// What is asked of newest complete pictures at `now`, in the order of the questions; nil where there
  /// is no picture.
  ///
  /// They are answered together, because an installation may observe hundreds of tenants.
  func pictures(_ queries: [PictureQuery], at now: Date) async throws -> [InventoryPicture?]

  /// So many objects to look at again: half of those that end next, half at random.
  func sample(
    of tenant: String, _ scope: ObservedScope, at now: Date, count: Int, random: [UInt8]
  ) async throws -> [ObservedApplication]

  /// The applications that a filter lets through, those that end first at the beginning.
  func applications(_ filter: InventoryFilter) async throws -> [InventoryEntry]

  /// How many applications a filter lets through, whatever its limit.
  func count(_ filter: InventoryFilter) async throws -> Int
}

/// A new picture while it is being made.
public protocol InventoryReading: Sendable {
  /// Adds a page; of an application that was there already the newest word counts.
  ///
  /// What has not changed is not written. Throws: ``UnknownApplication`` for a change of something of
  /// which nothing else is known.
  func take(_ page: ApplicationPage) async throws

  /// Puts the new picture in the place of the old one, in one step.
  func finish(mark: String?, at now: Date) async throws -> InventoryChange

  /// Drops what was read; the old picture stays.
  func abandon() async
}

/// A change was told of an application that the picture does not have.
public struct UnknownApplication: Error, Sendable, Equatable {
  public var objectID: GUID

  /// The application with this object id.
  public init(objectID: GUID) {
    self.objectID = objectID
  }
}

/// What a reading changed.
public struct InventoryChange: Sendable, Equatable {
  public var applications: Int
  /// How many of them are new or changed.
  public var written: Int
  public var removed: Int

  /// A change of so many.
  public init(applications: Int, written: Int, removed: Int) {
    self.applications = applications
    self.written = written
    self.removed = removed
  }
}

/// What whoever judges a tenant asks of one of its pictures.
public struct PictureQuery: Sendable, Equatable {
  public var tenant: String
  public var scope: ObservedScope
  /// The ends that are worth a word; those from now until its upper bound are counted.
  public var window: ClosedRange<Date>
  /// Objects that are wanted whenever their credentials end.
  public var subjects: [GUID]
  /// How many ends are wanted at most: of each kind of credential so many ahead, and so many behind.
  public var limit: Int

  /// A question about the picture of a tenant.
  public init(
    _ tenant: String, _ scope: ObservedScope, window: ClosedRange<Date>, subjects: [GUID] = [],
    limit: Int
  ) {
    self.tenant = tenant
    self.scope = scope
    self.window = window
    self.subjects = subjects
    self.limit = limit
  }
}

/// A tenant's newest complete picture, as far as it was asked for.
public struct InventoryPicture: Sendable, Equatable {
  public var summary: TenantSummary
  /// Of each kind of credential those ahead in their order, those behind with the newest first, and the
  /// subjects.
  public var ends: [ObservedEnd]

  /// A picture as it was read.
  public init(summary: TenantSummary, ends: [ObservedEnd]) {
    self.summary = summary
    self.ends = ends
  }
}

/// What is known of a tenant's picture.
public struct InventoryState: Sendable, Equatable {
  public var directory: String
  /// By what changes since the newest reading are asked for.
  public var mark: String?
  public var readAt: Date
  /// When everything was read, and not only what had changed.
  public var fullReadAt: Date
  public var applications: Int
  /// Whether certificates were read as well.
  public var hasCertificates: Bool
  /// How many objects the newest whole reading was told of, with those that are not kept.
  public var listed: Int

  /// A state as it was read.
  public init(
    directory: String, mark: String?, readAt: Date, fullReadAt: Date, applications: Int,
    hasCertificates: Bool = false, listed: Int? = nil
  ) {
    self.listed = listed ?? applications
    self.hasCertificates = hasCertificates
    self.directory = directory
    self.mark = mark
    self.readAt = readAt
    self.fullReadAt = fullReadAt
    self.applications = applications
  }
}

/// Which applications are wanted.
public struct InventoryFilter: Sendable, Equatable {
  /// Nil for every tenant.
  public var tenant: String?
  /// Nil for every kind of object.
  public var kind: ObservedKind?
  /// The last credential of ``credential`` ends in this span.
  public var ending: ClosedRange<Date>?
  /// What the span is about, and the order of what is listed.
  public var credential = CredentialKind.secret
  /// Part of the name, or the beginning of the client id or the object id.
  public var search: String?
  /// At least one client secret has the mark of a rotation in its display name.
  public var isMarked = false
  /// The owners were read, and there are none.
  public var isUnowned = false
  /// It is an application whose owners were not read after this instant.
  public var ownersUnreadSince: Date?
  /// The last sign-in that is known was before this instant; where none is known, the application had a
  /// credential by then.
  public var unusedSince: Date?
  public var limit: Int

  /// Everything, up to a limit.
  public init(limit: Int = .max) {
    self.limit = limit
  }
}

/// An application with the name of its tenant.
public struct InventoryEntry: Sendable, Equatable {
  public var tenant: String
  public var application: ObservedApplication
  /// Nil where the owners were never read.
  public var owners: KnownOwners?
  /// Nil where the tenant's sign-ins were never read.
  public var lastUse: LastUse?

  /// An application of a tenant.
  public init(
    tenant: String, application: ObservedApplication, owners: KnownOwners? = nil,
    lastUse: LastUse? = nil
  ) {
    self.tenant = tenant
    self.application = application
    self.owners = owners
    self.lastUse = lastUse
  }
}
