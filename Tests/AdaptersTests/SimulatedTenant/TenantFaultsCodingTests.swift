import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantFaultsCodingTests {
  @Test func `an empty object is a tenant without faults`() throws {
    #expect(try JSONDecoder().decode(Faults.self, from: Data("{}".utf8)) == Faults())
  }

  @Test func `what is written is read again`() throws {
    var faults = Faults()
    faults.flapping = true
    faults.graphThrottle = Faults.Throttle(count: 2, retryAfter: 5)
    faults.signInFailure = Faults.SignIn(code: 90_033, count: 3)
    faults.tokenAnswer = Faults.TokenAnswer(kind: .notJSON)
    faults.pageAnswer = Faults.PageAnswer(kind: .cutShort, page: 3, count: 1, origin: "https://a")
    faults.principalsForbidden = true
    faults.ownersForbidden = true
    faults.signInReportMissing = true
    faults.reportsUnlicensed = true
    faults.deltaOmitsCredentials = true
    faults.deltaTokensForgotten = true
    faults.tokenLifetime = 5
    faults.tokenUses = 9
    faults.resourceUnitLimit = 100
    faults.oddDates = true
    faults.extraCredentials = 5000
    let data = try JSONEncoder().encode(faults)
    #expect(try JSONDecoder().decode(Faults.self, from: data) == faults)
  }

  @Test func `a fault that does not exist is an error`() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Faults.self, from: Data(#"{"flaping":true}"#.utf8))
    }
  }
}
