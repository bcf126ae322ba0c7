import Foundation

/// What happened in a tenant from one night to the next.
public struct TenantChanges: Sendable, Codable, Equatable {
  /// Applications that were registered.
  public var registered = 0
  /// Applications that were deleted, for 30 days or for good.
  public var deleted = 0
  /// Applications that have another name.
  public var renamed = 0
  /// Applications whose oldest secret gave way to a new one.
  public var renewed = 0
  /// Applications with one secret more.
  public var added = 0
  /// Applications with one secret less.
  public var removed = 0

  /// How many applications are not what they were.
  public var total: Int { registered + deleted + renamed + renewed + added + removed }
}

extension Tenant {
  /// Lets a day pass for a share of the applications, as people and pipelines change them.
  ///
  /// - Parameters:
  ///   - share: How many of all applications, between 0 and 1; at least one is changed.
  ///   - seed: Decides which, and how.
  /// - Returns: What was done.
  public mutating func changeShare(_ share: Double, seed: UInt64) -> TenantChanges {
    var draw = SplitMix64(seed: SplitMix64.mixed(seed &+ 0x6368_616e_6765))
    let wanted = max(1, Int((Double(applicationCount) * min(max(share, 0), 1)).rounded()))
    var changes = TenantChanges()
    var changed: Set<Int> = []
    // An application that was met before, or that is deleted, is no second change.
    for _ in 0..<(wanted * 20) where changes.total < wanted {
      if draw.next() % 10 == 0 {
        registerAnother(draw.next())
        changes.registered += 1
      } else if let position = somePosition(draw.next()), changed.insert(position).inserted {
        change(at: position, by: draw.next(), &changes)
      }
    }
    return changes
  }

  /// The position of a living application, of the population where there is one.
  private mutating func somePosition(_ bits: UInt64) -> Int? {
    let position =
      if let population, population.count > 0 {
        touch(Int(bits % UInt64(population.count)))
      } else {
        applications.isEmpty ? nil : Int(bits % UInt64(applications.count))
      }
    return position.flatMap { applications[$0].deletedAt == nil ? $0 : nil }
  }

  private mutating func registerAnother(_ bits: UInt64) {
    register(
      ApplicationRegistration(
        displayName: PopulationNames.application(bits, applications.count),
        secrets: [
          ApplicationRegistration.Secret(
            displayName: PopulationNames.secret(bits), startsAt: now,
            expiresAt: now.addingTimeInterval(730 * 86_400))
        ]))
  }

  private mutating func change(at position: Int, by bits: UInt64, _ changes: inout TenantChanges) {
    let oldest = applications[position].secrets.min { $0.startsAt < $1.startsAt }
    switch bits % 20 {
    case 0, 1:
      delete(at: position, forGood: bits % 20 == 0)
      changes.deleted += 1
    case 2:
      applications[position].displayName += " (renamed)"
      recordChange(at: position)
      changes.renamed += 1
    case 3..<11:
      if let oldest { try? removeSecret(at: position, keyID: oldest.keyID) }
      renew(at: position, bits)
      changes.renewed += 1
    case 11..<16 where oldest != nil:
      if let oldest { try? removeSecret(at: position, keyID: oldest.keyID) }
      changes.removed += 1
    default:
      if let limit = applications[position].signInAudience.secretLimit, let oldest,
        applications[position].secrets.count >= limit
      {
        try? removeSecret(at: position, keyID: oldest.keyID)
      }
      renew(at: position, bits)
      changes.added += 1
    }
  }

  private mutating func renew(at position: Int, _ bits: UInt64) {
    _ = try? addSecret(
      at: position, displayName: PopulationNames.secret(bits), startsAt: now,
      expiresAt: now.addingTimeInterval(Double(bits % 2 == 0 ? 180 : 730) * 86_400))
  }
}
