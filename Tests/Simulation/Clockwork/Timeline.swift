/// What is going to happen, earliest first; of two things at the same instant, the one planned first.
struct Timeline {
  private struct Event {
    var at: Double
    var number: Int
    var action: () -> Void

    func isBefore(_ other: Event) -> Bool {
      at == other.at ? number < other.number : at < other.at
    }
  }

  /// A binary heap.
  private var events: [Event] = []
  private var count = 0

  /// When the next thing happens.
  var nextAt: Double? { events.first?.at }

  /// Plans an action.
  mutating func add(at instant: Double, _ action: @escaping () -> Void) {
    events.append(Event(at: instant, number: count, action: action))
    count += 1
    var child = events.count - 1
    while child > 0, events[child].isBefore(events[(child - 1) / 2]) {
      events.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes out what happens next.
  mutating func next() -> (at: Double, action: () -> Void)? {
    guard let first = events.first, let last = events.popLast() else { return nil }
    guard !events.isEmpty else { return (first.at, first.action) }
    events[0] = last
    var parent = 0
    while true {
      var least = 2 * parent + 1
      guard least < events.count else { break }
      if least + 1 < events.count, events[least + 1].isBefore(events[least]) { least += 1 }
      guard events[least].isBefore(events[parent]) else { break }
      events.swapAt(least, parent)
      parent = least
    }
    return (first.at, first.action)
  }
}
