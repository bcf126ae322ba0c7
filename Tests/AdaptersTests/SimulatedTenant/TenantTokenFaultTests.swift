import Foundation
import SimulatedTenant
import Testing

@Suite struct TenantTokenFaultTests {
  @Test(arguments: [
    (7_000_215, 401, "invalid_client"), (7_000_222, 401, "invalid_client"),
    (7_000_216, 401, "invalid_client"), (7_000_218, 401, "invalid_client"),
    (700_016, 400, "unauthorized_client"), (7_000_229, 401, "invalid_client"),
    (90_002, 400, "invalid_request"), (900_023, 400, "invalid_request"),
    (90_038, 400, "invalid_request"), (900_382, 400, "invalid_request"),
    (7_000_112, 400, "unauthorized_client"), (70_001, 400, "unauthorized_client"),
    (500_011, 400, "invalid_resource"), (1_002_012, 400, "invalid_scope"),
    (70_011, 400, "invalid_scope"), (700_022, 400, "invalid_scope"),
    (700_027, 401, "invalid_client"), (70_021, 400, "invalid_request"),
    (53_003, 400, "invalid_grant"), (530_032, 400, "invalid_grant"),
    (50_196, 400, "invalid_grant"), (90_033, 503, "temporarily_unavailable"),
    (90_024, 503, "temporarily_unavailable"), (50_033, 503, "temporarily_unavailable"),
    (90_006, 503, "temporarily_unavailable"), (90_012, 408, "temporarily_unavailable"),
    (90_090, 503, "temporarily_unavailable"), (90_055, 429, "temporarily_unavailable"),
  ])
  func `gives every code that it is told to`(code: Int, status: Int, error: String) {
    let scene = TenantScene()
    scene.tenant.faults.signInFailure = Faults.SignIn(code: code, count: 1)
    let answer = scene.askForToken(secret: scene.secret.value)
    #expect(answer.status == status)
    #expect(answer.text("error") == error)
    #expect(answer.signInCode == code)
    #expect(answer.text("error_description")?.hasPrefix("AADSTS\(code): ") == true)
    #expect(answer.text("error_description")?.contains("{") == false)
    #expect(scene.accepts(scene.secret.value), "the count is used up")
  }

  @Test func `repeats a code without a count until it is taken away`() {
    let scene = TenantScene()
    scene.tenant.faults.signInFailure = Faults.SignIn(code: 90_033)
    for _ in 0..<3 { #expect(!scene.accepts(scene.secret.value)) }
    scene.tenant.faults = Faults()
    #expect(scene.accepts(scene.secret.value))
  }

  @Test func `throttles with and without a time to wait`() {
    let scene = TenantScene()
    scene.tenant.faults.tokenThrottle = Faults.Throttle(count: 1, retryAfter: 17)
    var answer = scene.askForToken(secret: scene.secret.value)
    #expect(answer.status == 429)
    #expect(answer.header("Retry-After") == "17")
    scene.tenant.faults.tokenThrottle = Faults.Throttle(count: 1, status: 503)
    answer = scene.askForToken(secret: scene.secret.value)
    #expect(answer.status == 503)
    #expect(answer.header("Retry-After") == nil)
    #expect(scene.accepts(scene.secret.value))
  }

  @Test(arguments: Faults.TokenAnswer.Kind.allCases)
  func `sends something that is no token answer`(kind: Faults.TokenAnswer.Kind) {
    let scene = TenantScene()
    scene.tenant.faults.tokenAnswer = Faults.TokenAnswer(kind: kind, count: 1, seconds: 12)
    let response = scene.askForToken(secret: scene.secret.value).response
    switch kind {
    case .notJSON:
      #expect(response.headers["Content-Type"] == "text/html; charset=utf-8")
      #expect(response.body.starts(with: Data("<!DOCTYPE html>".utf8)))
    case .truncated:
      guard case .truncated(let promisedLength) = response.delivery else {
        Issue.record("delivered as \(response.delivery)")
        return
      }
      #expect(promisedLength / 2 == response.body.count)
    case .huge:
      #expect(response.delivery == .huge(bytes: 100_000_000))
      #expect(response.body.isEmpty)
    case .redirect:
      #expect(response.status == 302)
      #expect(response.headers["Location"] == "https://login.example.com/moved")
    case .empty:
      #expect(response.status == 200)
      #expect(response.body.isEmpty)
    case .slow: #expect(response.delivery == .delayed(seconds: 12))
    case .closed: #expect(response.delivery == .connectionClosed)
    }
    #expect(scene.accepts(scene.secret.value), "the count is used up")
  }
}
