import Foundation
import Keyturn

/// `policy:` and `validation:`.
extension SettingsReader {
  /// A policy: what the entry says, and the given one for the rest.
  mutating func policy(_ entry: Entry, over standard: Policy) -> Policy? {
    guard var section = section(entry, "'policy'", example: "policy: { grace: 14d }") else {
      return nil
    }
    var policy = standard
    let decade = CalendarPeriod.months(120)
    if let entry = section.take("lifetime"),
      let lifetime = period(entry, from: .days(1), to: .months(1_200), example: "24 months")
    {
      policy.lifetime = lifetime
    }
    if let entry = section.take("warn_before"), let periods = warnings(entry, upTo: decade) {
      policy.warnBefore = periods
    }
    if let entry = section.take("critical_before"),
      let critical = period(entry, from: .days(0), to: decade, example: "7d")
    {
      policy.criticalBefore = critical
    }
    if let entry = section.take("grace"),
      let grace = period(entry, from: .days(0), to: .days(365), example: "7d")
    {
      policy.grace = grace
    }
    rotation(&section, of: &policy)
    close(section, .policy)
    return policy
  }

  /// Who makes new secrets and when; the rest of the policy has been read.
  private mutating func rotation(_ section: inout Section, of policy: inout Policy) {
    let words = [Rotation.Mode.guided, .automatic].map(\.rawValue)
    if let mode = section.take("rotate").flatMap({ word($0, of: words) }) {
      policy.rotate = Rotation.Mode(rawValue: mode) ?? policy.rotate
    }
    let before = section.take("rotate_before")
    if let before,
      let period = period(before, from: .days(1), to: .months(120), example: "30d")
    {
      policy.rotateBefore = period
    }
    let isLonger = policy.rotateBefore.approximateSeconds >= policy.lifetime.approximateSeconds
    if isLonger, before != nil || policy.rotate == .automatic {
      complain(
        at: before?.valuePlace ?? section.place,
        "'rotate_before' (\(policy.rotateBefore)) is not shorter than 'lifetime' "
          + "(\(policy.lifetime)): each new secret would be due at once")
    }
    let standby = section.take("standby")
    if let standby, let isWanted = truth(standby) {
      policy.standby = isWanted
    }
    guard policy.standby, policy.rotate == .guided else { return }
    if let standby {
      complain(
        at: standby.place,
        "'standby' needs 'rotate: automatic': nobody makes a spare secret by hand")
    }
    // A connection that is guided among automatic ones inherits no standby.
    policy.standby = false
  }

  /// How secrets are proven, and how long the proof holds.
  mutating func validation(_ entry: Entry) -> (settings: ValidationSettings, every: CalendarPeriod?)
  {
    var settings = ValidationSettings()
    let example = "validation: { successes: 3, interval: 5s, timeout: 10m }"
    guard var section = section(entry, "'validation'", example: example) else {
      return (settings, nil)
    }
    let hour = CalendarPeriod.hours(1)
    let second = CalendarPeriod(seconds: 1)
    if let entry = section.take("successes"), let successes = number(entry, in: 1...20) {
      settings.successes = successes
    }
    if let entry = section.take("interval"),
      let interval = period(entry, from: second, to: hour, example: "5s")
    {
      settings.interval = TimeInterval(interval.seconds)
    }
    let timeout = section.take("timeout")
    if let timeout, let length = period(timeout, from: second, to: hour, example: "10m") {
      settings.timeout = TimeInterval(length.seconds)
    }
    let shortest = TimeInterval(settings.successes - 1) * settings.interval
    if settings.timeout < shortest {
      complain(
        at: timeout?.valuePlace ?? section.place,
        "'timeout' is shorter than \(settings.successes) successes take, \(Int(settings.interval)) "
          + "seconds apart: write at least \(CalendarPeriod(seconds: Int(shortest)))")
    }
    let every = section.take("every").flatMap {
      period($0, from: hour, to: .days(31), example: "20h")
    }
    close(section, .validation)
    return (settings, every)
  }

  private mutating func warnings(_ entry: Entry, upTo longest: CalendarPeriod) -> [CalendarPeriod]?
  {
    let example = "[90d, 30d, 7d]"
    guard let items = list(entry, example: example) else { return nil }
    guard (1...100).contains(items.count) else {
      complain(
        at: entry.valuePlace, "'warn_before' has 1 to 100 periods: write warn_before: \(example)")
      return nil
    }
    let periods = items.compactMap { item in
      period(item, from: .hours(1), to: longest, example: "30d")
    }
    guard periods.count == items.count else { return nil }
    return Set(periods).sorted {
      ($0.approximateSeconds, $0.months) > ($1.approximateSeconds, $1.months)
    }
  }
}
