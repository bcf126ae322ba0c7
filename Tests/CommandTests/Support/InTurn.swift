import Testing

/// Lets only a few of the tests that start programs run at once.
///
/// Each of them waits for real processes: dozens at once on a small machine would wait for each
/// other, and find that nothing comes in its time.
struct InTurn: SuiteTrait, TestTrait, TestScoping {
  private actor Turnstile {
    private var free = 6
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
      if free > 0 {
        free -= 1
      } else {
        await withCheckedContinuation { waiting.append($0) }
      }
    }

    func leave() {
      if waiting.isEmpty {
        free += 1
      } else {
        waiting.removeFirst().resume()
      }
    }
  }

  private static let turnstile = Turnstile()

  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    await Self.turnstile.enter()
    do {
      try await function()
      await Self.turnstile.leave()
    } catch {
      await Self.turnstile.leave()
      throw error
    }
  }
}

extension Trait where Self == InTurn {
  /// Waits until not too many programs are running.
  static var inTurn: Self { InTurn() }
}
