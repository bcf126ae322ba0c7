import Foundation

/// Reading an application until its answers agree.
///
/// Reads of Microsoft Graph lag behind writes and go backwards, so one read proves nothing.
struct StableRead: Sendable {
  let context: Context
  let directory: any Directory

  /// How many reads in a row must agree on the set of key ids.
  static let agreement = 5
  /// Seconds between two reads.
  static let interval: TimeInterval = 1
  /// Seconds after which reads that do not agree are left to a later run.
  static let patience: TimeInterval = 180

  /// Reads until five answers in a row agree.
  ///
  /// Throws: ``DirectoryFailure``; `later` where they do not agree in three minutes.
  func application(_ caller: DirectoryCaller) async throws -> DirectoryApplication {
    let deadline = context.now().addingTimeInterval(Self.patience)
    var known: Set<String>?
    var agreeing = 0
    var setbacks = 0
    while true {
      var delay = Self.interval
      do throws(DirectoryFailure) {
        let application = try await directory.application(caller)
        let keyIDs = Set(application.passwords.map(\.keyID))
        agreeing = keyIDs == known ? agreeing + 1 : 1
        known = keyIDs
        if agreeing >= Self.agreement { return application }
      } catch {
        guard let wait = error.wait(after: setbacks, jitter: context.fraction()) else {
          throw error
        }
        setbacks += 1
        delay = wait
      }
      guard context.now().addingTimeInterval(delay) < deadline else {
        throw DirectoryFailure(
          .later(retryAfter: nil),
          "Microsoft Graph's answers about \(caller.connection.clientID) did not agree for"
            + " \(Int(Self.patience)) s",
          remedy: "the next run tries again")
      }
      try await context.sleep(delay)
    }
  }
}

extension DirectoryFailure {
  /// Whether the same call may succeed another time.
  var isPassing: Bool {
    switch verdict {
    case .later, .maybeDone: true
    default: false
    }
  }

  /// Seconds to wait before the same call is made again; nil where waiting does not help.
  ///
  /// 1, 2, 4, 8, 15, 15 … seconds, each up to a fifth longer, and never less than the service asks.
  func wait(after setbacks: Int, jitter: Double) -> TimeInterval? {
    let asked: TimeInterval?
    switch verdict {
    case .later(let retryAfter), .maybeDone(let retryAfter): asked = retryAfter
    default: return nil
    }
    let ladder: [TimeInterval] = [1, 2, 4, 8, 15]
    let own = ladder[min(setbacks, ladder.count - 1)] * (1 + jitter / 5)
    return max(own, asked ?? 0)
  }
}
