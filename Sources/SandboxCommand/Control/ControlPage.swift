import Foundation
import SimulatedTenant

/// The control page: the clock, the applications with their secrets, the faults, the last requests.
struct ControlPage {
  /// More applications than this are counted, not shown.
  private static let shownApplications = 100

  let tenant: Tenant
  let requests: [AnsweredRequest]
  /// What the last form did.
  var notice: HTML?

  var html: HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>keyturn sandbox</title>
    <style>
    :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
    body { max-width: 70rem; margin: 1rem auto; padding: 0 1rem; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
    code { overflow-wrap: anywhere; }
    form { display: inline-flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .2rem 0; }
    fieldset { border: 1px solid #8884; margin: .5rem 0; }
    label { display: inline-flex; gap: .3rem; align-items: center; }
    input[type=number] { width: 6rem; }
    [role=status] { border-left: .3rem solid #2a7; padding: .5rem 1rem; background: #2a72; }
    .expired, .removed { opacity: .6; }
    </style>
    </head>
    <body>
    <h1>keyturn sandbox</h1>
    <p>Tenant <code>\(tenant.id)</code>, \(tenant.displayName). Everything here is made up.</p>
    \(noticeParagraph)
    \(DeviceCodesForm(tenant: tenant).html)
    \(clock)
    \(applications)
    \(FaultsForm(faults: tenant.faults).html)
    \(lastRequests)
    </body>
    </html>

    """
  }

  private var noticeParagraph: HTML {
    guard let notice else { return "" }
    return "<p role=\"status\">\(notice)</p>"
  }

  private var clock: HTML {
    let steps: [(String, Int)] = [
      ("an hour", 3600), ("a day", 86_400), ("a week", 604_800), ("30 days", 2_592_000),
      ("a year", 31_536_000),
    ]
    let buttons = steps.map { name, seconds -> HTML in
      "<button name=\"advance_seconds\" value=\"\(seconds)\">\(name) on</button>\n"
    }
    return """
      <h2>Clock</h2>
      <p><time>\(WireTime.seconds(tenant.now))</time></p>
      <form method="post" action="/_sandbox/forms/clock">\(buttons)</form>
      <form method="post" action="/_sandbox/forms/clock">
      <label>Time (UTC) <input name="set" required placeholder="2028-02-29T00:00:00Z"></label>
      <button>Set</button>
      </form>
      """
  }

  private var applications: HTML {
    let shown = tenant.applications.lazy.filter { $0.deletedAt == nil }
      .prefix(Self.shownApplications).map(section)
    let rest = tenant.applicationCount - shown.count
    return """
      <h2>Applications</h2>
      \(Array(shown))
      \(rest > 0 ? "<p>and \(rest) more</p>" as HTML : "")
      """
  }

  private func section(_ application: RegisteredApplication) -> HTML {
    """
    <h3>\(application.displayName)</h3>
    <p>Client id <code>\(application.appID)</code></p>
    <table>
    <thead><tr><th>Description</th><th>Hint</th><th>Secret ID</th><th>Starts</th><th>Expires</th>\
    <th></th></tr></thead>
    <tbody>
    \(application.history.reversed().map { row($0, of: application.appID) })
    </tbody>
    </table>
    <form method="post" action="/_sandbox/forms/secrets">
    <input type="hidden" name="app_id" value="\(application.appID)">
    <label>Description <input name="display_name"></label>
    <label>Expires <select name="days">
    <option value="180">Recommended: 180 days (6 months)</option>
    <option value="90">90 days (3 months)</option>
    <option value="365">365 days (12 months)</option>
    <option value="545">545 days (18 months)</option>
    <option value="730" selected>730 days (24 months)</option>
    </select></label>
    <button>New client secret</button>
    </form>
    """
  }

  private func row(_ secret: IssuedSecret, of appID: String) -> HTML {
    let isExpired = secret.expiresAt <= tenant.now
    let state = secret.removedAt != nil ? "removed" : isExpired ? "expired" : "valid"
    return """
      <tr class="\(state)"><td>\(secret.displayName ?? "")</td><td><code>\(secret.hint)</code></td>\
      <td><code>\(secret.keyID)</code></td><td>\(WireTime.seconds(secret.startsAt))</td>\
      <td>\(WireTime.seconds(secret.expiresAt))</td>\
      <td>\(secret.removedAt == nil ? deletion(of: secret, appID) : "removed")</td></tr>

      """
  }

  private func deletion(of secret: IssuedSecret, _ appID: String) -> HTML {
    """
    <form method="post" action="/_sandbox/forms/secrets/delete">
    <input type="hidden" name="app_id" value="\(appID)">
    <input type="hidden" name="key_id" value="\(secret.keyID)">
    <button aria-label="Delete \(secret.displayName ?? secret.keyID)">Delete</button></form>
    """
  }

  private var lastRequests: HTML {
    let rows = requests.prefix(30).map { request -> HTML in
      """
      <tr><td>\(request.at)</td><td>\(request.method)</td><td><code>\(request.path)</code></td>\
      <td>\(request.status)</td></tr>

      """
    }
    return """
      <h2>Last requests</h2>
      <table>
      <thead><tr><th>Time</th><th>Method</th><th>Path</th><th>Status</th></tr></thead>
      <tbody>
      \(rows)
      </tbody>
      </table>
      """
  }
}
