import Foundation
import Keyturn

/// The nightly job, which is sometimes missed, started twice, or run again at noon.
extension World {
  /// Cron starts the job once a day, at a time that is another one each night.
  func beginNights() {
    let midnight = (now / Self.day).rounded(.down) * Self.day
    let today = midnight + 2.2 * 3_600 + chance.number(0...3_600)
    let hasPassed = now >= midnight + 2.2 * 3_600
    after((hasPassed ? today + Self.day : today) - now) { self.night() }
  }

  private func night() {
    defer { beginNights() }
    guard isClosing || !chance.happens(0.02) else {
      count(.missedNight, busiestStep)
      return
    }
    startCheck()
    guard !isClosing else { return }
    if chance.happens(busiestStep == nil ? 0.01 : 0.04) {
      after(chance.magnitude(0.01...120)) { self.startCheck() }
    }
    if chance.happens(0.02) { after(9.5 * 3_600) { self.startCheck() } }
  }

  private func startCheck() {
    countRival()
    start("cron") { await $0.check() }
  }

  /// Another process is at work already.
  func countRival() {
    if processes.contains(where: \.isAlive) { count(.rival, busiestStep) }
  }
}
