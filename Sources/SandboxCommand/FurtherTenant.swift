import Foundation
import SimulatedTenant

/// One of the tenants beside the first: applications made by number, and one that may read them.
struct FurtherTenant: Sendable {
  /// Its name in `keyturn.yaml`.
  let name: String
  let tenant: Tenant
  /// The application that may change every application.
  let automation: RegisteredApplication

  /// Makes the tenant with a number, from 2 on.
  ///
  /// - Parameters:
  ///   - number: Its number.
  ///   - seed: The seed of the first tenant.
  ///   - now: The first time on the tenant's clock.
  ///   - replication: How long changes take to spread.
  ///   - population: Its applications; those of another tenant are others.
  init(
    number: Int, seed: UInt64, now: Date, replication: Replication,
    population: ApplicationPopulation?
  ) {
    let digits = String(number)
    name = "tenant-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let own = seed &+ UInt64(number) << 32
    var tenant = Tenant(
      seed: own, domain: name + ".onmicrosoft.com", displayName: "Tenant \(number)", now: now,
      replication: replication)
    automation = tenant.register(SeededTenant.automation(at: now))
    if let population {
      tenant.populate(
        ApplicationPopulation(
          count: population.count, seed: own, secrets: population.secrets, now: now))
    }
    self.tenant = tenant
  }

  /// The file with the secret of ``automation``.
  var secretFile: String { name + "-secret" }
}
