import Foundation
import Keyturn

extension TenantStanding {
  /// A tenant with a picture of applications; `ends` has names, and in how many days the last client
  /// secret of each ends.
  package static func sample(
    _ name: String, applications: Int = 200, ends: KeyValuePairs<String, Double> = [:],
    ending: Int? = nil, readDaysAgo: Double = 0, at now: Date = TestWorld.night
  ) -> TenantStanding {
    let endings = ends.enumerated().map { index, item in
      Ending.sample(item.key, in: name, number: index + 1, days: item.value, at: now)
    }
    let ahead = ending ?? ends.count { $0.value > 0 }
    let summary = TenantSummary(
      applications: applications, secrets: applications * 2, ending: ahead, ended: 7, long: 3,
      crowded: 2, readAt: now - readDaysAgo * 86_400)
    return TenantStanding(
      name: name, pictures: [Picture(.application, summary)], span: .days(90),
      endings: endings.sorted { $0.end.comesBefore($1.end, at: now) },
      counts: Finding(
        code: .observed, severity: ahead > endings.count ? .warning : .ok,
        message: "\(name): of \(applications) applications \(ahead) lose their last client secret"
          + " within 90d",
        remedy: "look through them: keyturn apps --tenant \(name) --expiring 90d", tenant: name))
  }

  /// The same, which can't be read since so many days.
  package func unreadable(
    _ reason: String, days: Double, at now: Date = TestWorld.night
  ) -> TenantStanding {
    var next = self
    next.unreadableSince = now - days * 86_400
    next.trouble = Finding(
      code: .unreadable, severity: .unknown,
      message: "\(name): not all applications could be read: \(reason)", remedy: "see why",
      tenant: name)
    return next
  }

  /// A tenant of which nothing is known.
  package static func neverRead(_ name: String) -> TenantStanding {
    TenantStanding(
      name: name, pictures: [Picture(.application, nil)], span: .days(90),
      trouble: Finding(
        code: .unreadable, severity: .unknown, message: "\(name): nothing is known yet",
        remedy: "keyturn check reads all of its applications", tenant: name))
  }

  /// Tenants in every state that metrics, reports and tables have to tell.
  ///
  /// `adventure` has applications whose secrets end or have ended, and certificates and service principals
  /// as well; `wingtip` is well; `northwind` can't be read; `litware` never was.
  package static func monitored(at now: Date) -> [TenantStanding] {
    var adventure = sample(
      "adventure", applications: 100_000,
      ends: ["Forgotten CRM": 5, "Old \"portal\"": -2, "SAML, ü 長": 40], ending: 31, at: now)
    adventure.pictures[0].summary?.certificates = .init(ending: 4, ended: 1)
    var principals = TenantSummary(
      applications: 30, secrets: 10, ending: 1, ended: 0, long: 0, crowded: 0, readAt: now - 60)
    principals.kind = .servicePrincipal
    adventure.pictures.append(Picture(.servicePrincipal, principals))
    return [
      sample("wingtip", at: now), adventure,
      sample("northwind", readDaysAgo: 5, at: now).unreadable("403", days: 5, at: now),
      neverRead("litware"),
    ]
  }
}

extension TenantStanding.Ending {
  /// An application whose last client secret ends in so many days.
  package static func sample(
    _ name: String, in tenant: String, number: Int, days: Double, at now: Date = TestWorld.night
  ) -> Self {
    let end = now + days * 86_400
    let keyID = GUID(high: 0x5EC2, low: UInt64(number))
    let application = ObservedApplication(
      objectID: GUID(high: 0x0B7E, low: UInt64(number)),
      clientID: GUID(high: 0xC11E, low: UInt64(number)), displayName: name,
      secrets: [
        ObservedSecret(
          keyID: keyID, displayName: "key", hint: "aB3", startsAt: end - 730 * 86_400,
          expiresAt: end)
      ])
    return Self(
      end: ObservedEnd(application, .secret),
      finding: Finding(
        application: application.subject?.description, keyID: keyID.description,
        code: days > 0 ? .expiring : .expired, severity: .warning,
        message: "\(application.designation) in \(tenant) ends on \(Timestamp.day(end))",
        remedy:
          "if it is in use: keyturn connect \(application.subject?.description ?? ""); or else",
        expiresAt: end, tenant: tenant))
  }
}
