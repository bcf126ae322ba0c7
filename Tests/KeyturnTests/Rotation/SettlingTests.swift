import Foundation
import Keyturn
import Testing

@Suite struct SettlingTests {
  private let start = SimulatedWorld.night

  private func settling(
    _ purpose: Settling.Purpose, _ settings: ValidationSettings = ValidationSettings()
  ) -> Settling {
    Settling(purpose, settings: settings, startedAt: start)
  }

  /// What follows from each of these answers, all of them given in the first second.
  private func answers(
    _ failures: [CallFailure?], to purpose: Settling.Purpose, jitter: Double = 0
  ) -> [Settling.Next] {
    var settling = settling(purpose)
    return failures.map { settling.observe($0, at: start, jitter: jitter) }
  }

  @Test func `a new secret is proven by three successes in a row`() {
    #expect(answers([nil, nil, nil], to: .newSecret) == [.wait(5), .wait(5), .proven])
  }

  @Test func `a refusal starts the count again`() {
    let next = answers([nil, nil, .unknownValue, nil, nil, nil], to: .newSecret)
    #expect(next == [.wait(5), .wait(5), .wait(2), .wait(5), .wait(5), .proven])
  }

  @Test func `a service that did not answer says nothing about the secret`() {
    let next = answers([nil, nil, .unreachable, nil], to: .newSecret)
    #expect(next == [.wait(5), .wait(5), .wait(2), .proven])
  }

  @Test(arguments: [(0.0, 1.0), (0.5, 1.1), (1, 1.2)])
  func `waits grow to fifteen seconds, spread over a fifth`(jitter: Double, factor: Double) {
    let refusals = [CallFailure?](repeating: .unknownValue, count: 6)
    let waits = answers(refusals, to: .newSecret, jitter: jitter)
    #expect(waits == [2, 4, 8, 15, 15, 15].map { .wait($0 * factor) })
  }

  @Test(
    arguments: [Settling.Purpose.newSecret, .standingSecret],
    [CallFailure.overdue, .emptyValue, .noSuchApplication])
  func `what waiting can't mend ends the proof at once`(
    purpose: Settling.Purpose, failure: CallFailure
  ) {
    #expect(answers([failure], to: purpose) == [.disproven(failure)])
  }

  @Test(arguments: [
    (598.0, CallFailure.unknownValue, Settling.Next.wait(2)),
    (598.1, .unknownValue, .disproven(.unknownValue)),
    (0, .throttled(600), .wait(600)), (0, .throttled(601), .disproven(.throttled(601))),
    (0, .throttled(1), .wait(2)), (590, .throttled(30), .disproven(.throttled(30))),
  ])
  func `a wait that does not fit into the time left gives up`(
    elapsed: TimeInterval, failure: CallFailure, next: Settling.Next
  ) {
    var settling = settling(.newSecret)
    #expect(settling.observe(failure, at: start + elapsed, jitter: 0) == next)
  }

  @Test func `a streak of successes may outlast the time`() {
    var settling = settling(.newSecret)
    #expect(settling.observe(nil, at: start + 600, jitter: 0) == .wait(5))
    #expect(settling.observe(nil, at: start + 605, jitter: 0) == .wait(5))
    #expect(settling.observe(nil, at: start + 610, jitter: 0) == .proven)
    #expect(settling.remaining(at: start + 610) == 0)
  }

  // MARK: A standing secret

  @Test func `one success proves a standing secret`() {
    #expect(answers([nil], to: .standingSecret) == [.proven])
    #expect(settling(.standingSecret).required == 1)
  }

  @Test func `a refused standing secret is asked twice more`() {
    let refusals = [CallFailure?](repeating: .unknownValue, count: 3)
    let next = answers(refusals, to: .standingSecret)
    #expect(next == [.wait(5), .wait(5), .disproven(.unknownValue)])
    #expect(answers([.unknownValue, nil], to: .standingSecret) == [.wait(5), .proven])
  }

  @Test func `a service that does not answer is asked twice more`() {
    let silences = [CallFailure?](repeating: .unreachable, count: 3)
    let next = answers(silences, to: .standingSecret)
    #expect(next == [.wait(2), .wait(4), .disproven(.unreachable)])
  }

  // MARK: A removal

  @Test func `a removal is proven by three refusals in a row`() {
    let refusals = [CallFailure?](repeating: .unknownValue, count: 3)
    #expect(answers(refusals, to: .removal) == [.wait(5), .wait(5), .proven])
    #expect(answers([.emptyValue, .unknownValue], to: .removal) == [.wait(5), .wait(5)])
  }

  @Test func `a replica that still accepts it starts the count again`() {
    let next = answers(
      [.unknownValue, .unknownValue, nil, .unknownValue, .unknownValue, .unknownValue],
      to: .removal)
    #expect(next == [.wait(5), .wait(5), .wait(2), .wait(5), .wait(5), .proven])
  }

  @Test func `what has expired is gone on every replica`() {
    #expect(answers([.overdue], to: .removal) == [.proven])
  }

  @Test func `a service that is away proves no removal`() {
    let next = answers([.unknownValue, .unreachable, .unreachable], to: .removal)
    #expect(next == [.wait(5), .wait(2), .wait(4)])
    #expect(answers([.noSuchApplication], to: .removal) == [.disproven(.noSuchApplication)])
  }

  @Test func `a secret that is accepted until the end is not removed`() throws {
    var settling = settling(.removal)
    #expect(settling.observe(nil, at: start + 598, jitter: 0) == .wait(2))
    guard case .disproven(let failure) = settling.observe(nil, at: start + 600, jitter: 0) else {
      Issue.record("the proof should have ended")
      return
    }
    #expect(failure.message == "the secret is still accepted")
    #expect(failure.error.code == .unavailable)
  }

  @Test func `a streak of refusals may outlast the time`() {
    var settling = settling(.removal)
    #expect(settling.observe(.unknownValue, at: start + 599, jitter: 0) == .wait(5))
    #expect(settling.observe(.unknownValue, at: start + 604, jitter: 0) == .wait(5))
    #expect(settling.observe(.unknownValue, at: start + 609, jitter: 0) == .proven)
  }

  @Test func `the settings decide how many and how far apart`() {
    let settings = ValidationSettings(successes: 2, interval: 30, timeout: 60)
    var new = settling(.newSecret, settings)
    #expect(new.observe(nil, at: start, jitter: 0) == .wait(30))
    #expect(new.observe(nil, at: start + 30, jitter: 0) == .proven)
    var removal = settling(.removal, settings)
    #expect(removal.observe(.unknownValue, at: start, jitter: 0) == .wait(30))
    #expect(removal.observe(.unknownValue, at: start + 30, jitter: 0) == .proven)
  }
}
