import Foundation
import SimulatedTenant
import Testing

/// What goes wrong on one page of many, in a list and in a delta alike.
@Suite struct TenantPageFaultTests {
  private static let paths = ["/applications", "/applications/delta"].map {
    $0 + "?$select=id,passwordCredentials&$top=50"
  }

  private func scene(
    _ kind: Faults.PageAnswer.Kind, count: Int? = nil, retryAfter: Int? = nil,
    origin: String? = nil
  ) -> TenantScene {
    let scene = TenantScene.populated(198)
    scene.tenant.faults.pageAnswer = Faults.PageAnswer(
      kind: kind, count: count, retryAfter: retryAfter, origin: origin)
    return scene
  }

  @Test(arguments: paths)
  func `leads to another origin`(path: String) {
    for (origin, host) in [(nil, "graph.example.com"), ("https://127.0.0.1:9", "127.0.0.1:9")] {
      let scene = scene(.otherOrigin, origin: origin)
      let second = scene.graph(
        "GET", scene.graph("GET", path).text("@odata.nextLink") ?? "")
      #expect(second.text("@odata.nextLink")?.hasPrefix("https://\(host)/v1.0/appl") == true)
      #expect(second.values.count == 50)
    }
  }

  @Test(arguments: paths)
  func `leads in a circle`(path: String) {
    let scene = scene(.cycle)
    let link = scene.graph("GET", path).text("@odata.nextLink") ?? ""
    let next = scene.graph("GET", link).text("@odata.nextLink")
    #expect(next == link)
  }

  @Test(arguments: paths)
  func `has an empty page in the middle`(path: String) {
    let scene = scene(.emptyPage, count: 1)
    let reading = scene.read(path)
    #expect(reading.pages == 5)
    #expect(reading.ids.count == 200 && Set(reading.ids).count == 200)
  }

  @Test(arguments: paths)
  func `shows applications twice`(path: String) {
    let reading = scene(.duplicates).read(path)
    #expect(reading.ids.count == 210)
    #expect(Set(reading.ids).count == 200)
  }

  @Test(
    arguments: paths,
    [(Faults.PageAnswer.Kind.unavailable, 503), (Faults.PageAnswer.Kind.throttled, 429)])
  func `is refused for a while`(path: String, refusal: (Faults.PageAnswer.Kind, Int)) {
    let scene = scene(refusal.0, count: 2, retryAfter: 7)
    let link = scene.graph("GET", path).text("@odata.nextLink") ?? ""
    let answers = (0..<3).map { _ in scene.graph("GET", link) }
    #expect(answers.map(\.status) == [refusal.1, refusal.1, 200])
    #expect(answers[0].header("Retry-After") == "7")
    #expect(scene.read(path).ids.count == 200)
  }

  @Test(arguments: paths)
  func `arrives in part or not at all`(path: String) {
    for (kind, delivery) in [
      (Faults.PageAnswer.Kind.cutShort, Delivery.cutShort), (.closed, .connectionClosed),
    ] {
      let scene = scene(kind)
      let link = scene.graph("GET", path).text("@odata.nextLink") ?? ""
      #expect(scene.graph("GET", link).response.delivery == delivery)
    }
  }

  @Test func `shows dates that are none`() {
    let scene = TenantScene.populated(50, secrets: .between(1...2))
    scene.tenant.faults.oddDates = true
    let ends = scene.read(Self.paths[0]).values.prefix(6).flatMap {
      ($0["passwordCredentials"] as? [[String: Any]] ?? []).map { $0["endDateTime"] as? String }
    }
    #expect(ends.contains(nil) && ends.contains("12026-01-01T00:00:00Z"))
    scene.tenant.faults.oddDates = false
    #expect(scene.graph("GET", Self.paths[0]).response.body.contains(Data("12026".utf8)) == false)
  }

  @Test func `shows thousands of secrets in one application`() {
    let scene = TenantScene.populated(50)
    scene.tenant.faults.extraCredentials = 5000
    let counts = scene.read(Self.paths[0]).values.map {
      ($0["passwordCredentials"] as? [Any])?.count ?? 0
    }
    #expect(counts.max() == 5001 && counts.count { $0 > 4 } == 1)
  }
}
