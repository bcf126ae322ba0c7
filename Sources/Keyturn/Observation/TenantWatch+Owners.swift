import Foundation

/// Who owns the applications that people are told of, and when they were used last.
extension TenantWatch {
  /// To how many owners of one application mail is written at most.
  private static let mostOwners = 10
  /// How old the report of sign-ins may be to say anything.
  private static let staleSignIns = CalendarPeriod.days(8)

  /// The mail addresses of the owners of each of these applications, as far as anybody knows them.
  ///
  /// Those that are not known, or were not read for a week, are read first: so many, and for so long, as
  /// the limits say. What can't be read is told once, and the night goes on without.
  func owners(
    of applications: [ObservedApplication], in tenant: AuthorizationServer,
    _ callers: [DirectoryCaller]?, _ reading: OwnerReading, _ turn: ReadingTurn,
    _ troubles: inout TenantTroubles
  ) async throws -> [[String]] {
    var ids: [GUID] = []
    for application in applications
    where application.kind == .application && !ids.contains(application.objectID) {
      ids.append(application.objectID)
    }
    var known = try await reading.known(of: tenant.name, ids)
    let now = context.now()
    func isDue(_ id: GUID) -> Bool {
      known[id].map { $0.readAt <= KnownOwners.freshSince(now) || $0.readAt > now } ?? true
    }
    // What nobody knows comes before what may have changed.
    let due = ids.filter { known[$0] == nil } + ids.filter { known[$0] != nil && isDue($0) }
    if let callers, !due.isEmpty {
      let deadline = now.adding(limits.ownerPatience)
      do {
        let outcome = try await reading.read(
          Array(due.prefix(limits.owners)), of: tenant.name, callers, until: deadline,
          pause: { try await turn.pause($0, until: deadline) })
        if let failure = outcome.failure { troubles.add("the owners of applications", failure) }
        known = try await reading.known(of: tenant.name, ids)
      } catch let error as CancellationError {
        throw error
      } catch {
        troubles.add("the owners of applications", error)
      }
    }
    if known.values.contains(where: { $0.owners.contains(where: \.isWithheld) }) {
      troubles.add("the addresses of owners", DirectoryFailure.withheldOwners)
    }
    return applications.map { application in
      guard application.kind == .application else { return [] }
      let owners = known[application.objectID]?.owners ?? []
      // The same mailbox may be written in two ways.
      var addresses: [EmailAddress] = []
      for address in owners.compactMap(\.address) where !addresses.contains(address) {
        addresses.append(address)
      }
      return addresses.map(\.description).sorted().prefix(Self.mostOwners).map { $0 }
    }
  }

  /// Reads when the applications of a tenant were used last, where its configuration wants that, at most
  /// once a night.
  func readSignIns(
    of tenant: AuthorizationServer, _ callers: [DirectoryCaller], _ turn: ReadingTurn,
    until deadline: Date, _ troubles: inout TenantTroubles
  ) async throws {
    guard let signIns, tenant.graph?.includes.contains(.signIns) ?? false,
      try await signIns.isDue(of: tenant.name)
    else { return }
    do {
      try await signIns.read(tenant, callers, until: deadline) { seconds in
        try await turn.ask(after: seconds, until: deadline)
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      troubles.add("the last sign-ins", error)
    }
    await turn.rest()
  }

  /// What is known of when applications were used last; nothing where the report is missing or old.
  func uses(
    of applications: [ObservedApplication], in tenant: AuthorizationServer, at now: Date
  ) async throws -> [GUID: LastUse] {
    guard let signIns, !applications.isEmpty, tenant.graph?.includes.contains(.signIns) ?? false
    else { return [:] }
    return try await signIns.uses(
      of: Set(applications.compactMap(\.clientID)).sorted(), in: tenant.name,
      readSince: now.subtracting(Self.staleSignIns))
  }
}

extension DirectoryFailure {
  /// Graph tells that there are owners, and not who they are.
  ///
  /// Source: Microsoft Graph, "Limited information returned for inaccessible member objects".
  fileprivate static let withheldOwners = DirectoryFailure(
    .forbidden, "Microsoft Graph tells the ids of the owners, and neither names nor addresses",
    remedy: "give keyturn's application the application permission User.ReadBasic.All of Microsoft"
      + " Graph as well (API permissions > Add a permission > Application permissions, then Grant"
      + " admin consent)")
}
