import Foundation

/// How many tenants are read at the same time: so many slots, each of which one reading holds.
///
/// Whoever only waits gives its slot up. So a hundred tenants that are throttled, or do not answer, keep
/// the others waiting for one answer's time-out, and not for their own patience.
actor ReadingSlots {
  private var free: Int
  private var newcomers: [CheckedContinuation<Void, Never>] = []
  private var returning: [CheckedContinuation<Void, Never>] = []

  /// So many slots.
  init(_ count: Int) {
    free = max(1, count)
  }

  /// Takes a slot, as soon as there is one.
  ///
  /// Whoever is cancelled meanwhile gets one all the same, and has to give it back.
  func take() async {
    guard free == 0 else { return free -= 1 }
    await withCheckedContinuation { newcomers.append($0) }
  }

  /// Takes a slot once more after a wait; those that had none yet come first.
  func takeAgain() async {
    guard free == 0 else { return free -= 1 }
    await withCheckedContinuation { returning.append($0) }
  }

  /// Waits, and lets another tenant be read meanwhile.
  ///
  /// Throws: ``DirectoryFailure`` where the wait would not end in time.
  nonisolated func pause(
    _ seconds: TimeInterval, in context: Context, until deadline: Date,
    _ tenant: AuthorizationServer
  ) async throws {
    guard context.now().addingTimeInterval(seconds) < deadline else {
      throw DirectoryFailure.tooLong(tenant)
    }
    await give()
    do {
      try await context.sleep(seconds)
    } catch {
      await takeAgain()
      throw error
    }
    await takeAgain()
    // The others' turns count as well, or a night of very many that hang would have no end.
    guard context.now() < deadline else { throw DirectoryFailure.tooLong(tenant) }
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
