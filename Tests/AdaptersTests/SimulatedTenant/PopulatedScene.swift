import Foundation
import SimulatedTenant

extension TenantScene {
  /// A scene with so many generated applications beside its two.
  static func populated(
    _ count: Int, seed: UInt64 = 7, secrets: ApplicationPopulation.Secrets = .usual
  ) -> TenantScene {
    let scene = TenantScene(seed: seed)
    scene.tenant.populate(
      ApplicationPopulation(count: count, seed: seed, secrets: secrets, now: TenantScene.start))
    return scene
  }

  /// What reading a list or a delta to its end brought.
  struct Reading {
    var values: [[String: Any]] = []
    /// How many pages there were.
    var pages = 0
    /// The last answer.
    var last: TenantAnswer

    var ids: [String] { values.compactMap { $0["id"] as? String } }
    var deltaLink: String { last.text("@odata.deltaLink") ?? "" }
  }

  /// Follows the links from a path on, and lets something happen after each page.
  func read(_ path: String, afterPage: (Int) -> Void = { _ in }) -> Reading {
    let token = graphToken()
    var reading = Reading(last: graph("GET", path, token: token))
    reading.values = reading.last.values
    reading.pages = 1
    while let link = reading.last.text("@odata.nextLink"), reading.pages < 1000 {
      afterPage(reading.pages)
      reading.last = graph("GET", link, token: token)
      reading.values += reading.last.values
      reading.pages += 1
    }
    return reading
  }
}
