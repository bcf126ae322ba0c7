import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct GraphPolicyTests {
  private static let day: TimeInterval = 86_400

  private static func scene(
    register: (inout ApplicationRegistration) -> Void = { _ in }
  ) throws -> GraphScene {
    try GraphScene {
      $0.appRoles.insert("Policy.Read.All")
      register(&$0)
    }
  }

  private static func policy(
    _ days: Int, isEnabled: Bool = true, isOn: Bool = true
  ) -> ManagementPolicy {
    ManagementPolicy(
      id: "3fb5e0b8-3c5e-4bd9-8b49-5a62e5c1e3c3", isEnabled: isEnabled,
      restrictions: [ManagementPolicy.Restriction(.lifetime(days: days), isOn: isOn)])
  }

  @Test func `nothing limits the lifetime where no policy does`() async throws {
    let scene = try Self.scene()
    #expect(try await scene.client.longestLifetime(scene.caller) == nil)
  }

  @Test func `the tenant's default policy limits the lifetime`() async throws {
    let scene = try Self.scene()
    scene.set(\.maximumLifetimeDays, 180)
    #expect(try await scene.client.longestLifetime(scene.caller) == 180 * Self.day)
  }

  @Test func `an application from before the policy is spared`() async throws {
    let scene = try Self.scene { $0.createdAt = Date(timeIntervalSince1970: 1_500_000_000) }
    scene.set(\.maximumLifetimeDays, 180)
    #expect(try await scene.client.longestLifetime(scene.caller) == nil)
    #expect(try await scene.addPassword(days: 700).value != nil)
  }

  @Test func `a policy of the application's own replaces the default`() async throws {
    let scene = try Self.scene { $0.managementPolicy = Self.policy(400) }
    scene.set(\.maximumLifetimeDays, 90)
    #expect(try await scene.client.longestLifetime(scene.caller) == 400 * Self.day)
    #expect(try await scene.addPassword(days: 399).value != nil)
  }

  @Test(arguments: [(false, true, 90.0), (true, false, nil)] as [(Bool, Bool, Double?)])
  func `what is switched off does not count`(
    isEnabled: Bool, isOn: Bool, days: Double?
  ) async throws {
    let scene = try Self.scene {
      $0.managementPolicy = Self.policy(30, isEnabled: isEnabled, isOn: isOn)
    }
    scene.set(\.maximumLifetimeDays, 90)
    #expect(try await scene.client.longestLifetime(scene.caller) == days.map { $0 * Self.day })
  }

  @Test func `a policy that may not be read is unknown`() async throws {
    let scene = try GraphScene()
    scene.set(\.maximumLifetimeDays, 180)
    #expect(try await scene.client.longestLifetime(scene.caller) == nil)
  }

  @Test func `a service that does not answer is no policy`() async throws {
    let scene = try Self.scene()
    scene.set(\.graphThrottle, Faults.Throttle(count: 1, retryAfter: 5))
    let failure = try await failure { () throws(DirectoryFailure) in
      _ = try await scene.client.longestLifetime(scene.caller)
    }
    #expect(failure.verdict == .later(retryAfter: 5))
  }

  @Test(
    arguments: [
      ("P180D", 180 * day), ("P1Y", 365 * day), ("P6M", 180 * day), ("PT12H", 43_200),
      ("P1Y2M3W4DT5H6M7.5S", (365 + 60 + 21 + 4) * day + 5 * 3_600 + 6 * 60 + 7.5),
      ("P0DT1S", 1), ("P4.00:00:00", nil), ("P", nil), ("PT", nil), ("P1DT", nil), ("P0D", nil),
      ("-P1D", nil), ("P-1D", nil), ("P1H", nil), ("PT1D", nil), ("P1D ", nil), ("", nil),
      ("p180d", nil), ("P1M1Y", nil), ("P٣D", nil),
      ("P99999999999999999999Y", 365_000 * day),
      ("P" + String(repeating: "9", count: 200) + "D", nil),
    ] as [(String, TimeInterval?)])
  func `reads durations as .NET does`(text: String, seconds: TimeInterval?) {
    #expect(ISODuration.seconds(text) == seconds)
  }

  @Test(arguments: [
    (#""restrictForAppsCreatedAfterDateTime":"2019-10-19T10:37:00Z""#, true),
    (#""restrictForAppsCreatedAfterDateTime":"2026-10-19T10:37:00Z""#, false),
    (#""restrictForAppsCreatedAfterDateTime":"0001-01-01T00:00:00Z""#, true),
    (#""restrictForAppsCreatedAfterDateTime":null"#, true),
    (#""restrictForAppsCreatedAfterDateTime":[]"#, true),
    (#""state":"unknownFutureValue""#, true), (#""state":"disabled""#, false),
    (#""state":"Disabled""#, false), (#""maxLifetime":"soon""#, false),
    (#""maxLifetime":7"#, false),
  ])
  func `reads what a policy says`(member: String, binds: Bool) throws {
    let lifetime = member.contains("maxLifetime") ? "" : #","maxLifetime":"P90D""#
    let json = """
      {"isEnabled":true,"applicationRestrictions":{"passwordCredentials":[
        {"restrictionType":"passwordLifetime",\(member)\(lifetime)},
        {"restrictionType":"symmetricKeyLifetime","maxLifetime":"P1D"},
        {"restrictionType":"passwordAddition","maxLifetime":null},null,7]}}
      """
    let value = try #require(GraphValue(Data(json.utf8)))
    let createdAt = Timestamp.parse("2024-01-01T00:00:00Z")
    let policy = try #require(AppManagementPolicy(ofTenant: value, createdAt: createdAt))
    #expect(policy.longestLifetime == (binds ? 90 * Self.day : nil))
  }
}
