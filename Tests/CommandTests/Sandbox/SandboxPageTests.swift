import Foundation
import SimulatedTenant
import Testing

@testable import SandboxCommand

@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxPageTests {
  @Test func `shows the tenant, and a harmful name harmlessly`() async throws {
    try await RunningSandbox.run { sandbox in
      let page = try await sandbox.curl("/")
      #expect(page.status == 200)
      #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
      #expect(page.body.contains("Magentrix D365 OAuth 2"))
      #expect(page.body.contains(#"\u{1b}[31mred"#))
      #expect(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
      #expect(!page.body.contains("<script") && !page.body.contains("\u{1b}"))
      let secret = try sandbox.secret()
      #expect(!page.body.contains(secret))
    }
  }

  @Test func `its forms do what they say without script`() async throws {
    try await RunningSandbox.run { sandbox in
      let made = try await sandbox.curl(
        "/_sandbox/forms/secrets",
        ["-d", "app_id=\(sandbox.clientID)&display_name=by+hand&days=365"])
      #expect(made.status == 200)
      let match = try #require(made.body.firstMatch(of: /Value <code>([^<]+)<\/code>/))
      let granted = try await sandbox.token(secret: String(match.1))
      #expect(granted.status == 200)
      let clock = try await sandbox.curl("/_sandbox/forms/clock", ["-d", "advance_seconds=3600"])
      #expect(clock.status == 303)
      #expect(clock.headers["location"] == "/")
      let faults = try await sandbox.curl(
        "/_sandbox/forms/faults", ["-d", "sign_in_failure_code=7000215&token_answer_kind="])
      #expect(faults.status == 303)
      let refused = try await sandbox.token(secret: sandbox.secret())
      #expect(refused.status == 401)
      let nonsense = try await sandbox.curl("/_sandbox/forms/clock", ["-d", "set=%3Cb%3Esoon"])
      #expect(nonsense.status == 400)
      #expect(nonsense.body.contains("&lt;b&gt;soon is no time"))
    }
  }

  @Test func `the form of the faults brings every fault back`() {
    var faults = Faults()
    faults.signInFailure = Faults.SignIn(code: 90_033, count: 2)
    faults.tokenAnswer = Faults.TokenAnswer(kind: .redirect, count: 1)
    faults.graphThrottle = Faults.Throttle(count: 3, retryAfter: 5, status: 503)
    faults.flapping = true
    faults.lostAnswers = 4
    faults.maximumLifetimeDays = 180
    faults.environmentChanged = true
    faults.pageAnswer = Faults.PageAnswer(kind: .cutShort, page: 3, count: 1, retryAfter: 4)
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
    let page = FaultsForm(faults: faults).html.markup
    var form: [String: String] = [:]
    for match in page.matches(of: /name="(\w+)" value="([^"]*)"( checked)?/) {
      let isBox = match.1 != "clear" && match.2 == "true"
      if match.1 == "clear" || (isBox && match.3 == nil) { continue }
      form[String(match.1)] = String(match.2)
    }
    let selected = page.matches(of: /value="(\w+)" selected/).map { String($0.1) }
    (form["token_answer_kind"], form["page_answer_kind"]) = (selected[0], selected[1])
    #expect(Faults(form) == faults)
    form["clear"] = "true"
    #expect(Faults(form) == Faults())
  }

  @Test func `escapes what is put into HTML, and only that`() {
    let text = "<a href='x'>&\"\u{0}\u{202e}é"
    let page: HTML = "<p>\(text)</p>"
    #expect(
      page.markup == #"<p>&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{0}\u{202e}é</p>"#)
    let outer: HTML = "<div>\(page)\([page])\(7)</div>"
    #expect(outer.markup == "<div>\(page.markup)\(page.markup)7</div>")
  }
}
