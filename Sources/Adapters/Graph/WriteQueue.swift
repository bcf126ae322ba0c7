import Keyturn

/// Lets writes to one application wait for each other, in the order in which they came.
///
/// Graph answers 409 to writes that overlap, and an addition that overlaps a removal may be undone.
actor WriteQueue {
  private struct Waiter {
    let id: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  /// Who waits, for each application at which somebody writes.
  private var waiting: [String: [Waiter]] = [:]
  private var lastID = 0

  /// Runs `write` when nobody else writes to the application.
  ///
  /// Throws: whatever `write` throws, or ``DirectoryFailure`` (later) where the task is cancelled
  /// while it waits; then `write` never runs.
  nonisolated func alone<T: Sendable>(
    at application: String, _ write: @Sendable () async throws(DirectoryFailure) -> T
  ) async throws(DirectoryFailure) -> T {
    guard await begin(at: application) else {
      throw DirectoryFailure(
        .later(retryAfter: nil),
        "a change of the application in Microsoft Graph was interrupted while it waited for another",
        remedy: "run the command again; nothing was changed")
    }
    do {
      let result = try await write()
      await end(at: application)
      return result
    } catch {
      await end(at: application)
      throw error
    }
  }

  /// How many wait for an application.
  func count(at application: String) -> Int {
    waiting[application]?.count ?? 0
  }

  /// Returns false where the task was cancelled before its turn came.
  private func begin(at application: String) async -> Bool {
    guard !Task.isCancelled else { return false }
    guard waiting[application] != nil else {
      waiting[application] = []
      return true
    }
    lastID += 1
    let id = lastID
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiting[application]?.append(Waiter(id: id, continuation: continuation))
      }
    } onCancel: {
      Task { await leave(id, at: application) }
    }
  }

  private func end(at application: String) {
    guard let next = waiting[application]?.first else {
      waiting[application] = nil
      return
    }
    waiting[application]?.removeFirst()
    next.continuation.resume(returning: true)
  }

  private func leave(_ id: Int, at application: String) {
    guard let position = waiting[application]?.firstIndex(where: { $0.id == id }) else { return }
    waiting[application]?.remove(at: position).continuation.resume(returning: false)
  }
}
