import Foundation

/// Somebody who owns an application of a tenant: a person, as a rule, or a program.
public struct ApplicationOwner: Sendable, Equatable {
  /// What kind of object of the tenant an owner is.
  public enum Kind: String, Sendable, CaseIterable {
    case user
    case servicePrincipal = "service-principal"
    /// A kind that nobody knew of when this was written.
    case other
  }

  public var objectID: GUID
  public var kind: Kind
  /// Nil also where the caller may not read it.
  public var displayName: String?
  /// The address of the mailbox, as the tenant has it; nil where there is none.
  public var mail: String?
  /// The name that a person signs in with; it looks like an address, and need not be one.
  public var principalName: String?

  /// An owner as it was read.
  public init(
    objectID: GUID, kind: Kind, displayName: String? = nil, mail: String? = nil,
    principalName: String? = nil
  ) {
    self.objectID = objectID
    self.kind = kind
    self.displayName = displayName
    self.mail = mail
    self.principalName = principalName
  }

  /// Where mail may be sent to; nil for an address that is not safe in a header or an argument.
  public var address: EmailAddress? { mail.flatMap(EmailAddress.init) }

  /// How people recognise the owner; not made safe to show.
  public var designation: String {
    mail ?? principalName ?? displayName ?? objectID.description
  }

  /// Whether nothing but the id was told, as Graph does with what the caller may not read.
  ///
  /// Source: Microsoft Graph, "Limited information returned for inaccessible member objects".
  public var isWithheld: Bool { displayName == nil && mail == nil && principalName == nil }
}

/// The owners of an application, and when they were read.
public struct KnownOwners: Sendable, Equatable {
  public var owners: [ApplicationOwner]
  public var readAt: Date

  /// Owners as they were read at an instant.
  public init(_ owners: [ApplicationOwner], readAt: Date) {
    self.owners = owners
    self.readAt = readAt
  }

  /// After how long they are read again: a little less than a week, because nights begin at different
  /// minutes.
  public static let freshFor = CalendarPeriod.hours(7 * 24 - 6)

  /// Before which instant they have to be read to count at `now`.
  static func freshSince(_ now: Date) -> Date { now.subtracting(freshFor) }
}
