import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantWireTimeTests {
  @Test(arguments: [
    ("2026-11-22T02:10:00Z", "2026-11-22T02:10:00.0000000Z"),
    ("2024-02-29T23:59:59.5Z", "2024-02-29T23:59:59.5000000Z"),
    ("2026-11-22T02:10:00.250+02:00", "2026-11-22T00:10:00.2500000Z"),
    ("1969-12-31T23:59:59-01:00", "1970-01-01T00:59:59.0000000Z"),
    ("1960-03-01T00:00:00.75Z", "1960-03-01T00:00:00.7500000Z"),
  ])
  func `reads any RFC 3339 time and writes seven digits`(text: String, written: String) throws {
    let date = try #require(WireTime.parse(text))
    #expect(WireTime.graph(date) == written)
  }

  @Test(arguments: ["", "2026-02-29T00:00:00Z", "2026-11-22", "2026-11-22T24:00:00Z", "soon"])
  func `refuses what is no time`(text: String) {
    #expect(WireTime.parse(text) == nil)
  }
}
