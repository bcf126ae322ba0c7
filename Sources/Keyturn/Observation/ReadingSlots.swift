import Foundation

/// What tenants share while they are read side by side.
struct ReadingSlots: Sendable {
  /// Held from a tenant's beginning to its end: one page of each may be in memory.
  let tenants: Slots
  /// Held while something is asked: as long as one tenant's page is stored, another one asks.
  let requests: Slots

  /// So many slots as the limits say.
  init(_ limits: TenantWatch.Limits) {
    tenants = Slots(limits.tenants)
    requests = Slots(limits.requests)
  }
}

/// One tenant among those that are read side by side.
///
/// Whoever only waits gives its slots up. So a hundred tenants that are throttled, or do not answer, keep
/// the others waiting for one answer's time-out, and not for their own patience.
actor ReadingTurn {
  nonisolated let tenant: AuthorizationServer
  private let slots: ReadingSlots
  private let context: Context
  private var isAsking = false

  /// A turn that has not begun.
  init(_ tenant: AuthorizationServer, _ slots: ReadingSlots, in context: Context) {
    self.tenant = tenant
    self.slots = slots
    self.context = context
  }

  /// Waits until there is room for the tenant.
  ///
  /// Whoever is cancelled meanwhile gets it all the same, and has to give it back.
  func begin() async {
    await slots.tenants.take()
  }

  /// Makes room for another tenant.
  func end() async {
    await rest()
    await slots.tenants.give()
  }

  /// Waits so many seconds, and then until one more request may be under way; until ``rest()``.
  ///
  /// Throws: ``DirectoryFailure`` where the wait would not end in time.
  func ask(after seconds: TimeInterval = 0, until deadline: Date) async throws {
    if seconds > 0 { try await pause(seconds, until: deadline) }
    guard !isAsking else { return }
    isAsking = true
    await slots.requests.take()
  }

  /// Lets others ask, because nothing of this tenant is under way.
  func rest() async {
    guard isAsking else { return }
    isAsking = false
    await slots.requests.give()
  }

  /// Waits, and lets another tenant be read meanwhile.
  ///
  /// Throws: ``DirectoryFailure`` where the wait would not end in time.
  func pause(_ seconds: TimeInterval, until deadline: Date) async throws {
    guard context.now().addingTimeInterval(seconds) < deadline else {
      throw DirectoryFailure.tooLong(tenant)
    }
    await rest()
    await slots.tenants.give()
    do {
      try await context.sleep(seconds)
    } catch {
      await slots.tenants.takeAgain()
      throw error
    }
    await slots.tenants.takeAgain()
    // The others' turns count as well, or a night of very many that hang would have no end.
    guard context.now() < deadline else { throw DirectoryFailure.tooLong(tenant) }
  }
}

/// So many slots, each of which one holds at a time.
actor Slots {
  private var free: Int
  private var newcomers: [CheckedContinuation<Void, Never>] = []
  private var returning: [CheckedContinuation<Void, Never>] = []

  /// So many, at least one.
  init(_ count: Int) {
    free = max(1, count)
  }

  /// Takes a slot, as soon as there is one.
  func take() async {
    guard free == 0 else { return free -= 1 }
    await withCheckedContinuation { newcomers.append($0) }
  }

  /// Takes a slot once more after a wait; those that had none yet come first.
  func takeAgain() async {
    guard free == 0 else { return free -= 1 }
    await withCheckedContinuation { returning.append($0) }
  }

  /// Gives a slot to whoever waits for one.
  func give() {
    if !newcomers.isEmpty {
      newcomers.removeFirst().resume()
    } else if !returning.isEmpty {
      returning.removeFirst().resume()
    } else {
      free += 1
    }
  }
}
