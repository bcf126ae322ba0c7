import Foundation

/// What Graph has to say of a new secret, before it is switched to.
extension RotationEngine {
  /// Whether the directory still shows the new secret and the one in use, and the new one may be kept.
  ///
  /// A change that is made at the same time as another one can be lost, and what was made by hand may have
  /// been swept as the rest of an attempt; the replicas that were just asked may not know it yet. By hand,
  /// it is looked at where nobody has to sign in for that, and what can't be read holds nobody up.
  /// Returns: the record with what it shows. Throws: ``DirectoryFailure``, ``KeyturnError``.
  func checkingAddition(
    _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> ConsumerRecord {
    guard let graph = connection.server.graph else { return record }
    let isByHand = record.rotation?.mode == .guided
    guard graph.isUnattended || !isByHand else { return record }
    let application: DirectoryApplication
    do {
      application = try await applicationWithAddition(connection, record)
    } catch {
      guard isByHand else { throw error }
      return record
    }
    // What was pasted without its key id is found by its first characters, or not at all.
    let seen = record.observing(application)
    guard let keyID = seen.pending?.keyID else { return seen }
    guard let shown = application[keyID] else {
      throw try await rememberLost(keyID, connection, record)
    }
    if let marker = shown.marker, record.hasGivenUp(marker) {
      throw try await rememberGivenUp(marker, connection, seen)
    }
    return seen
  }

  /// The application in one answer that shows what is expected; without that, in five that agree.
  private func applicationWithAddition(
    _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> DirectoryApplication {
    // Where the current secret opens nothing any more, only the one that was just proven can ask.
    let isCurrentUsable = record.isCurrentUsable(at: context.now())
    let asker = isCurrentUsable ? record.current : record.pending
    let caller = DirectoryCaller(connection, secret: asker?.value)
    let once = try await directory.application(caller)
    let pending = record.observing(once).pending?.keyID
    let isComplete =
      pending.map { once[$0] != nil } ?? false
      && record.current?.keyID.map { once[$0] != nil } ?? true
    return isComplete ? once : try await stableRead.application(caller)
  }

  private func rememberLost(
    _ keyID: String, _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> KeyturnError {
    let isByHand = record.rotation?.mode == .guided
    var next = record
    next.pending?.failure = .missing(at: context.now())
    let message =
      "the new secret is missing in Microsoft Entra: "
      + (isByHand ? "no secret of the application has the id \(keyID)" : "the change was lost")
    next.rotation?.lastError = message
    _ = try await commit(next, connection, "rotation.lost", record.pending.told(message))
    return KeyturnError(
      isByHand ? .badInput : .unavailable, "\(connection.name): \(message)",
      hints: [
        isByHand
          ? "make another one, and give its value and its Secret ID: keyturn rotate \(connection.name)"
          : "the next run makes another one: keyturn rotate \(connection.name)"
      ])
  }

  /// Whoever took the attempt over has declared that its secret is removed, and may be about to.
  private func rememberGivenUp(
    _ marker: String, _ connection: Connection, _ record: ConsumerRecord
  ) async throws -> KeyturnError {
    let failure = ValidationFailure.givenUp(marker, at: context.now())
    var next = record
    next.pending?.failure = failure
    // So that the calls with it count as our own once it is replaced.
    next.pending?.marker = marker
    let message = "the new secret \(failure.message)"
    next.rotation?.lastError = message
    _ = try await commit(next, connection, "rotation.blocked", record.pending.told(message))
    return KeyturnError(.badInput, "\(connection.name): \(message)", hints: [failure.remedy])
  }
}

extension ConsumerRecord {
  /// Whether what carries a marker is no longer to be kept: a newer attempt has taken its place.
  fileprivate func hasGivenUp(_ marker: String) -> Bool {
    marker != attempts.last?.marker && attempts.contains { $0.marker == marker }
  }

  /// Throws: ``KeyturnError`` where the rotation was taken over since an older version of it: then what
  /// was made for that is removed.
  func checkTakenOver(since old: ConsumerRecord, _ connection: Connection) throws {
    guard let marker = old.attempts.last?.marker, hasGivenUp(marker) else { return }
    throw KeyturnError(
      .tryAgain,
      "\(connection.name): another process has taken the rotation over, and removes what was made under"
        + " the marker \(marker)",
      hints: ["see how far it comes: keyturn status \(connection.name)"])
  }
}

extension ValidationFailure {
  fileprivate static func givenUp(_ marker: String, at now: Date) -> ValidationFailure {
    ValidationFailure(
      kind: .blocked, at: now,
      message:
        "was made for an attempt that was given up (\(marker)): keyturn may remove it any night",
      remedy:
        "make another one, and let its description end in the marker that keyturn rotate shows")
  }
}
