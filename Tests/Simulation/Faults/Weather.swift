import Foundation
import Keyturn
import SimulatedTenant

/// How likely each kind of trouble is for the time being.
struct Weather {
  /// To be killed, at each write, request and wait.
  var crash = 0.0
  /// To fail, for each access to the database.
  var disk = 0.0
  /// To be lost, late, doubled or answered by a gateway, for each request.
  var network = 0.0
  /// To be stopped for minutes to hours, at each port.
  var stall = 0.0

  static let calm = Weather()

  /// Most of a history is idle, where trouble shows little: there it is rarer.
  func near(_ step: Rotation.Step?) -> Weather {
    guard step == nil else { return self }
    return Weather(crash: crash * 0.2, disk: disk * 0.2, network: network * 0.2, stall: stall * 0.1)
  }
}

extension World {
  /// The weather changes every few days.
  func beginWeather() {
    guard !isClosing else { return }
    changeWeather()
    after(chance.waiting(mean: 6 * Self.day)) { self.beginWeather() }
  }

  private func changeWeather() {
    weather = .calm
    tenant.faults = Faults()
    tenant.replication = chance.pick([.none, .mild, .mild, .mild, .slow])
    guard !chance.happens(0.35) else { return }
    weather.crash = chance.pick([0, 0.004, 0.015, 0.05])
    weather.disk = chance.pick([0, 0, 0.01, 0.05])
    weather.network = chance.pick([0, 0.02, 0.08, 0.25])
    weather.stall = chance.pick([0, 0, 0.005, 0.02])
    var faults = Faults()
    if chance.happens(0.35) { faults.readStaleness = chance.magnitude(1...900) }
    if chance.happens(0.3) { faults.flapping = true }
    if chance.happens(0.25) {
      faults.concurrencyViolations = chance.count(1...6)
      faults.concurrencyViolationStatus = chance.pick([409, 503])
    }
    if chance.happens(0.2) { faults.lostAnswers = chance.count(1...3) }
    if chance.happens(0.2) { faults.graphThrottle = throttle() }
    if chance.happens(0.2) { faults.tokenThrottle = throttle() }
    if chance.happens(0.1) { faults.removalFailsAfterAddition = chance.magnitude(30...200_000) }
    if chance.happens(0.06) { faults.lostUpdates = 1 }
    if chance.happens(0.05) { faults.writesForbidden = true }
    if chance.happens(0.03) { faults.secretsForbidden = true }
    if chance.happens(0.06) { faults.maximumLifetimeDays = chance.count(20...120) }
    if chance.happens(0.03) { faults.objectTooLarge = true }
    tenant.faults = faults
  }

  private func throttle() -> Faults.Throttle {
    Faults.Throttle(
      count: chance.count(1...25),
      retryAfter: chance.happens(0.7) ? chance.pick([1, 10, 60, 150, 600]) : nil,
      status: chance.pick([nil, nil, 503, 504]))
  }

  /// The longest time for which a program is stopped, or a request on its way.
  static let longestDelay = 11.5 * 3_600

  /// Seconds for which a process is stopped just now: none, or minutes to hours.
  func stall(_ process: SimulatedProcess, _ step: Rotation.Step?) -> Double {
    guard process.isAlive, chance.happens(weather.near(step).stall) else { return 0 }
    // The protocol counts on nothing lasting for a day; half of it is for requests that come late.
    let seconds = chance.magnitude(30...Self.longestDelay)
    guard now + seconds < process.startedAt + Self.longestDelay else { return 0 }
    count(.stalled, step)
    trace.add(now, "\(process) is stopped for \(Int(seconds)) s")
    return seconds
  }

  /// The step at which a connection's record stands; nil while it is idle.
  func step(of connection: String?) -> Rotation.Step? {
    guard let connection else { return busiestStep }
    return self[connection]?.record?.rotation?.step
  }

  /// The step of some connection at which a rotation stands.
  var busiestStep: Rotation.Step? {
    connections.lazy.compactMap { $0.record?.rotation?.step }.first
  }
}
