import Foundation

extension TenantWatch {
  /// How every tenant stands, by the pictures that there are and by what the newest night could not read.
  ///
  /// Nothing is read from a tenant; the pictures are read together, however many they are.
  public func standings(
    of connections: [Connection], ledger: Ledger, runs: RunHistory, at now: Date
  ) async throws -> [TenantStanding] {
    guard !tenants.isEmpty else { return [] }
    let own = Dictionary(grouping: connections) { $0.server.name }
    let most = TenantJudgement.most(tenants: tenants.count)
    let asked = tenants.flatMap {
      queries(about: $0, own: own[$0.name] ?? [], told: [], most: most, at: now)
    }
    let answers = zip(asked, try await inventory.pictures(asked, at: now))
    let found = Dictionary(grouping: answers) { $0.0.tenant }
    let troubles = ledger.unreadTenants
    var standings: [TenantStanding] = []
    for tenant in tenants {
      let pictures = (found[tenant.name] ?? []).map { ($0.0.scope.kind, $0.1) }
      let uses = try await uses(
        of: pictures.compactMap(\.1).flatMap(\.ends).map(\.application), in: tenant, at: now)
      standings.append(
        standing(
          of: tenant, pictures, own: own[tenant.name] ?? [], uses, troubles[tenant.name],
          night: runs.newest?.startedAt, at: now))
    }
    return standings
  }

  /// Judges the newest complete pictures of a tenant; nil where there is none.
  ///
  /// `told` has the subjects of which people were told.
  func judgement(
    of tenant: AuthorizationServer, own: [Connection], told: Set<GUID>, at now: Date
  ) async throws -> TenantJudgement? {
    let asked = queries(
      about: tenant, own: own, told: told,
      most: TenantJudgement.newPerNight(tenants: tenants.count), at: now)
    let found = try await inventory.pictures(asked, at: now).compactMap { $0 }
    let uses = try await uses(
      of: found.flatMap(\.ends).map(\.application), in: tenant, at: now)
    return judgement(of: tenant, found, own: own, told: told, uses, at: now)
  }

  private func queries(
    about tenant: AuthorizationServer, own: [Connection], told: Set<GUID>, most: Int, at now: Date
  ) -> [PictureQuery] {
    let window = TenantJudgement.window(policy, at: now)
    // What is told already, or looked after by a connection, may stand before all others.
    let limit = most + own.count + told.count
    return (tenant.graph?.scopes ?? []).map {
      PictureQuery(tenant.name, $0, window: window, subjects: told.sorted(), limit: limit)
    }
  }

  private func judgement(
    of tenant: AuthorizationServer, _ pictures: [InventoryPicture], own: [Connection],
    told: Set<GUID>?, _ uses: [GUID: LastUse], at now: Date
  ) -> TenantJudgement? {
    guard !pictures.isEmpty else { return nil }
    return TenantJudgement(
      tenant: tenant, summaries: pictures.map(\.summary), due: pictures.flatMap(\.ends),
      own: Set(own.compactMap { GUID($0.clientID) }), told: told, uses: uses,
      tenants: tenants.count, policy: policy, at: now)
  }

  private func standing(
    of tenant: AuthorizationServer, _ pictures: [(kind: ObservedKind, picture: InventoryPicture?)],
    own: [Connection], _ uses: [GUID: LastUse], _ trouble: Ledger.OpenFinding?,
    night: Date?, at now: Date
  ) -> TenantStanding {
    let known = pictures.compactMap(\.picture)
    let judgement = judgement(of: tenant, known, own: own, told: nil, uses, at: now)
    // Somebody may have had it read since that night began.
    let isRead =
      known.count == pictures.count
      && known.allSatisfy { $0.summary.readAt >= night ?? .distantPast }
    let isOver = isRead && trouble?.finding.severity == .unknown
    let open = isOver ? nil : trouble
    return TenantStanding(
      name: tenant.name,
      pictures: pictures.map { TenantStanding.Picture($0.kind, $0.picture?.summary) },
      span: TenantJudgement.longest(policy),
      trouble: open?.finding ?? (known.isEmpty ? Self.unread(tenant) : nil),
      unreadableSince: open?.finding.severity == .unknown ? open?.since : nil,
      endings: (judgement?.endings ?? []).sorted { $0.end.comesBefore($1.end, at: now) },
      counts: judgement?.counts)
  }

  private static func unread(_ tenant: AuthorizationServer) -> Finding {
    Finding(
      code: .unreadable, severity: .unknown, message: "\(tenant.name): nothing is known yet",
      remedy: "keyturn check reads all of its applications", tenant: tenant.name)
  }
}

extension Ledger {
  /// What the newest night could not read, by the name of the tenant.
  fileprivate var unreadTenants: [String: OpenFinding] {
    let items = open.filter {
      $0.finding.code == .unreadable && $0.finding.connection == nil && $0.missingSince == nil
    }
    return Dictionary(
      items.compactMap { item in item.finding.tenant.map { ($0, item) } },
      uniquingKeysWith: { first, _ in first })
  }
}
