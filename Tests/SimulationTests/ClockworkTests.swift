import Testing

@testable import SimulationCommand

@Suite struct ClockworkTests {
  @Test func `what happens first comes first, and of two at once the one planned first`() {
    var chance = Chance(seed: 1)
    var timeline = Timeline()
    var planned: [(at: Double, number: Int)] = []
    var happened: [Int] = []
    for number in 0..<500 {
      let at = Double(chance.count(0...60))
      planned.append((at, number))
      timeline.add(at: at) { happened.append(number) }
    }
    while let event = timeline.next() { event.action() }
    let expected = planned.sorted { ($0.at, $0.number) < ($1.at, $1.number) }.map(\.number)
    #expect(happened == expected)
    #expect(timeline.nextAt == nil)
  }

  @Test(arguments: [
    ("abcabd", "abd", true), ("abcabc", "abd", false), ("", "a", false), ("a", "", true),
    ("aaab", "aab", true), ("ab", "abc", false), ("x8Q~y", "8Q~", true), ("é8Q", "8Q", true),
  ])
  func `a text is found byte for byte`(text: String, part: String, isThere: Bool) {
    #expect(text.holds(part) == isThere)
  }

  @Test func `chance is fair, and the same for the same seed`() {
    var (first, second) = (Chance(seed: 9), Chance(seed: 9))
    #expect((0..<100).allSatisfy { _ in first.next() == second.next() })
    let count = (0..<10_000).count { _ in first.happens(0.3) }
    #expect((2_800...3_200).contains(count))
    #expect((0..<1_000).allSatisfy { _ in (5...9).contains(first.count(5...9)) })
    #expect((0..<1_000).allSatisfy { _ in (1...100).contains(first.magnitude(1...100)) })
  }
}
