import Keyturn
import Testing

@Suite struct ConcurrentMapTests {
  @Test(arguments: [0, 1, 9, 10, 11, 95, 1_000])
  func `each element becomes what it would become alone, in its place`(count: Int) async {
    let doubled = await Array(0..<count).concurrentMap(batch: 10) { 2 * $0 }
    #expect(doubled == (0..<count).map { 2 * $0 })
  }
}
