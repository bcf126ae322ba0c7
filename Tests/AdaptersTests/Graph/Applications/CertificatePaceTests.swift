import Foundation
import Keyturn
import SimulatedTenant
import Synchronization
import TestSupport
import Testing

@testable import Adapters

/// Certificates are asked for at a pace that Graph allows, and nothing else waits for it.
@Suite struct CertificatePaceTests {
  @Test func `turns are taken at once up to the limit, and then as the minute passes`() async {
    let pace = CertificatePace()
    let start = TestWorld.night
    for _ in 0..<CertificatePace.limit {
      #expect(await pace.turn(at: "a", now: start) == start)
    }
    #expect(await pace.turn(at: "a", now: start + 10) == start + 60)
    #expect(await pace.turn(at: "b", now: start + 10) == start + 10)
    #expect(await pace.turn(at: "a", now: start + 90) == start + 90)
    for _ in 0..<500 { _ = await pace.turn(at: "a", now: start + 90) }
    // 502 turns that begin at 90: four times the limit is ahead.
    #expect(await pace.turn(at: "a", now: start + 90) >= start + 90 + 4 * 60)
    // Nobody waits for a clock that was set back.
    #expect(await pace.turn(at: "a", now: start - 86_400) == start - 86_400)
  }

  /// When requests came, on the clock of the tests.
  private func times(
    certificates: Bool, pages: Int
  ) async throws -> (times: [Date], waits: [ListingProgress]) {
    let world = TestWorld()
    let server = ListingServer()
    server.change { $0.pageSize = 1 }
    for number in 1...pages { server.put(.sample(number, ends: [number])) }
    let times = Mutex<[Date]>([])
    let waits = Mutex<[ListingProgress]>([])
    let client = GraphClient(
      transport: HTTPTransport(exchange: { request in
        times.withLock { $0.append(world.now) }
        return server.answer(request)
      }), tokens: FixedTokens(), context: world.context)
    let scope = ObservedScope(.application, hasCertificates: certificates)
    let end = try await client.read(.all, of: scope, try .entra()) { update in
      if case .waiting = update { waits.withLock { $0.append(update) } }
    } take: { _ in
    }
    #expect(end == .complete(mark: nil))
    #expect(
      server.requests.first?.url.query()
        == "$select=id,appId,displayName,passwordCredentials\(certificates ? ",keyCredentials" : "")"
        + "&$top=999")
    return (times.withLock { $0 }, waits.withLock { $0 })
  }

  @Test func `three hundred pages with certificates never are more than the limit in a minute`()
    async throws
  {
    let (times, waits) = try await times(certificates: true, pages: 300)
    #expect(times.count == 300)
    for time in times {
      #expect(times.count { $0 >= time && $0 < time + 60 } <= CertificatePace.limit)
    }
    // Two waits of a minute, no more: the last 60 pages come at once.
    #expect((120..<180).contains(times[299].timeIntervalSince(times[0])))
    #expect(waits.first == .waiting(until: times[0] + 60, isThrottled: true))
  }

  @Test func `without certificates nobody waits`() async throws {
    let (times, waits) = try await times(certificates: false, pages: 300)
    #expect(times.first == times.last)
    #expect(waits.isEmpty)
  }

  @Test func `the tenant never has to refuse`() async throws {
    let scene = try GraphScene()
    let id = try #require(
      scene.tenant.withTenant { $0.applications.first.flatMap { GUID($0.objectID) } })
    let scope = ObservedScope(.application, hasCertificates: true)
    for _ in 0..<400 {
      let found = try await scene.client.application(id, of: scope, scene.caller)
      #expect(found?.certificates == [])
    }
    #expect(scene.count(of: "/applications/") == 400)
    // The limit is there, and it bites who does not keep it.
    let other = GraphClient(
      transport: scene.tenant.transport, tokens: scene.client.tokens, context: scene.world.context)
    let failure = try await failure { () throws(DirectoryFailure) in
      for _ in 0..<2 {
        for _ in 0..<CertificatePace.limit {
          _ = try await GraphClient(
            transport: other.transport, tokens: other.tokens, context: other.context
          ).application(id, of: scope, scene.caller)
        }
      }
    }
    guard case .later(let retryAfter) = failure.verdict else {
      Issue.record("\(failure)")
      return
    }
    #expect(retryAfter ?? 0 > 0)
  }
}
