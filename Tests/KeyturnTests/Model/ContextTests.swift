import Foundation
import Keyturn
import Testing

@Suite struct ContextTests {
  @Test func `a rotation's id is a UUID of version 7`() throws {
    let world = SimulatedWorld()
    let id = world.context.uuid7()
    #expect(UUID(uuidString: id) != nil)
    #expect(id == id.lowercased())
    let digits = Array(id)
    #expect(digits[14] == "7")
    #expect("89ab".contains(digits[19]))
    let time = try #require(UInt64(id.replacing("-", with: "").prefix(12), radix: 16))
    #expect(time == 1_795_313_400_000)
  }

  @Test func `ids sort by the time they were made at`() {
    let world = SimulatedWorld(seed: 9)
    var ids: [String] = []
    for _ in 0..<200 {
      ids.append(world.context.uuid7())
      world.pass(0.002)
    }
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
  }

  @Test func `ids of one instant differ`() {
    let context = SimulatedWorld(seed: 9).context
    #expect(Set((0..<200).map { _ in context.uuid7() }).count == 200)
  }

  @Test func `a clock before 1970 makes an id all the same`() {
    let context = SimulatedWorld().context.stopped(at: Date(timeIntervalSince1970: -5))
    #expect(context.uuid7().hasPrefix("00000000-0000-7"))
  }

  @Test func `jitter is a number from 0 up to 1`() {
    let context = SimulatedWorld(seed: 2).context
    let fractions = (0..<500).map { _ in context.fraction() }
    #expect(fractions.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(Set(fractions).count > 400)
  }

  @Test func `a stopped clock shows one instant`() async throws {
    let world = SimulatedWorld()
    let stopped = world.context.stopped(at: .night(30))
    try await stopped.sleep(60)
    #expect(stopped.now() == .night(30))
    #expect(world.now == .night(60 / 86_400))
  }
}
