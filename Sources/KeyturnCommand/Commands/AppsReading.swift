import Foundation
import Keyturn

/// What `apps` reads of the tenants before it lists, where nobody knows it yet.
struct AppsReading: Sendable {
  /// Of how many applications the owners are read at most; the same command reads more of them.
  private static let mostOwners = 20_000
  /// How many tenants are read at the same time.
  private static let width = 32

  let installation: Installation
  let world: World
  /// The tenants in question.
  let names: Set<String>
  /// What was read before this instant is read again; nil where only what is old is.
  let readAgainBefore: Date?

  private var tenants: [AuthorizationServer] {
    installation.watch.tenants.filter { names.contains($0.name) }
  }

  /// Reads when the applications were used last.
  ///
  /// Returns: what could not be read.
  func signIns() async throws -> [KeyturnError] {
    let line = ReadingLine(world.terminal, world.context, of: .signIns)
    defer { line.finish() }
    return try await eachTenant { tenant in
      // Without a picture there is nothing to say it of.
      guard try await installation.inventory.state(of: tenant.name, .application) != nil,
        try await isDue(tenant)
      else { return nil }
      do {
        try await installation.signIns.read(
          tenant, await callers(tenant), until: deadline(tenant),
          progress: { line.show(TenantProgress(tenant: tenant.name, expected: nil, update: $0)) })
        return nil
      } catch let failure as DirectoryFailure {
        return failure.error
      }
    }
  }

  private func isDue(_ tenant: AuthorizationServer) async throws -> Bool {
    if let readAgainBefore {
      return try await installation.signIns.readAt(of: tenant.name).map { $0 < readAgainBefore }
        ?? true
    }
    return try await installation.signIns.isDue(of: tenant.name)
  }

  /// Reads the owners of the applications that a filter lets through, whoever owns them.
  ///
  /// Returns: what could not be read.
  func owners(_ filter: InventoryFilter) async throws -> [KeyturnError] {
    let line = ReadingLine(world.terminal, world.context, of: .owners)
    defer { line.finish() }
    var filter = filter
    filter.isUnowned = false
    filter.kind = .application
    filter.ownersUnreadSince =
      readAgainBefore ?? world.context.now().subtracting(KnownOwners.freshFor)
    filter.limit = Self.mostOwners
    return try await eachTenant { [filter] tenant in
      var own = filter
      own.tenant = tenant.name
      let ids = try await installation.inventory.applications(own).map(\.application.objectID)
      guard !ids.isEmpty else { return nil }
      let outcome = try await installation.owners.read(
        ids, of: tenant.name, await callers(tenant), until: deadline(tenant),
        progress: {
          line.show(TenantProgress(tenant: tenant.name, expected: ids.count, update: $0))
        })
      if let failure = outcome.failure { return failure.error }
      guard outcome.unread > 0 else { return nil }
      return KeyturnError(
        .tryAgain,
        "the owners of \(outcome.unread) applications of \(tenant.name) were not read in time",
        hints: ["run the same command again: it goes on where it was"])
    }
  }

  /// Of how many applications that a filter lets through, whoever owns them, the owners were never read.
  func ownersUnknown(_ filter: InventoryFilter) async throws -> Int {
    var filter = filter
    filter.isUnowned = false
    filter.kind = .application
    filter.ownersUnreadSince = Date(timeIntervalSince1970: 0)
    return try await installation.inventory.count(filter)
  }

  /// Reads the tenants side by side, so that one that hangs does not keep the others waiting.
  private func eachTenant(
    _ read: @escaping @Sendable (AuthorizationServer) async throws -> KeyturnError?
  ) async throws -> [KeyturnError] {
    try await withThrowingTaskGroup(of: KeyturnError?.self) { group in
      var problems: [KeyturnError] = []
      for (index, tenant) in tenants.enumerated() {
        if index >= Self.width, let problem = try await group.next() ?? nil {
          problems.append(problem)
        }
        group.addTask { try await read(tenant) }
      }
      for try await problem in group { problems += [problem].compactMap { $0 } }
      return problems.sorted { $0.message < $1.message }
    }
  }

  private func callers(_ tenant: AuthorizationServer) async -> [DirectoryCaller] {
    await installation.engine.callers(in: tenant, of: installation.connections)
  }

  private func deadline(_ tenant: AuthorizationServer) -> Date {
    world.context.now().adding(tenant.graph?.observeTimeout ?? GraphAccess.usualObserveTimeout)
  }
}
