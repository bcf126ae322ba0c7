import Foundation
import Keyturn

extension Overview {
  /// Connections and tenants in every state that metrics, reports and tables have to tell, at an ordinary
  /// night.
  ///
  /// `quiet` is well; `due` ends in 23 days; `ended` has expired; `waiting` waits for a hand-over whose
  /// old secret ends in 5 days; `graced` keeps its old one 4 days more; `stuck` stands at 'created'; `spare` renews itself and keeps a standby;
  /// `unread` can't be opened; `snoozed` is silenced; `hostile` has an owner that no format likes.
  package static func monitored(at now: Date = TestWorld.night) -> Overview {
    let day = 86_400.0
    var entries: [Entry] = []
    func add(
      _ name: String, tenant: String = "contoso", owner: String? = "crm@contoso.com",
      renewsItself: Bool = false, snooze: Snooze? = nil, observed: [Finding] = [],
      _ change: ((inout ConsumerRecord) -> Void)?
    ) {
      let connection = Connection.monitored(
        name, tenant: tenant, owner: owner, renewsItself: renewsItself)
      var record = ConsumerRecord(storeID: "store", clientID: connection.clientID)
      record.version = 3
      record.current = .monitored("current", from: -500 * day, to: 230 * day, at: now)
      change?(&record)
      let held = change == nil ? nil : record
      entries.append(
        Entry(
          connection: connection, record: held, judgement: Judgement(connection, held, at: now),
          observed: observed, settling: tenant == "contoso" ? SettlingTimes([12, 14.5, 40]) : nil,
          snooze: snooze))
    }
    add("quiet") { _ in }
    add("due") { $0.current = .monitored("current", from: -707 * day, to: 23 * day, at: now) }
    add("ended") { $0.current = .monitored("current", from: -730 * day, to: -1 * day, at: now) }
    add("waiting") { record in
      record.previous = .monitored("previous", from: -725 * day, to: 5 * day, at: now)
      record.rotation = .monitored(.switched, since: -4 * day, at: now)
    }
    add("graced") { record in
      record.previous = .monitored("previous", from: -600 * day, to: 130 * day, at: now)
      record.retireAfter = now + 4 * day
      record.rotation = .monitored(.handedOver, since: -3 * day, at: now)
    }
    add("stuck") { record in
      record.pending = .monitored("pending", from: -3 * day, to: 727 * day, at: now)
      record.rotation = .monitored(.created, since: -3 * day, at: now)
    }
    add("spare", renewsItself: true) { record in
      record.current = .monitored("current", from: -650 * day, to: 80 * day, at: now)
      record.pending = .monitored("pending", from: -200 * day, to: 530 * day, at: now)
      record.rotation = .monitored(.validated, since: -200 * day, at: now, mode: .automatic)
    }
    add("unread", tenant: "fabrikam", nil)
    add(
      "snoozed", tenant: "fabrikam",
      snooze: Snooze(until: now + 10 * day, reason: "the portal moves", by: "admin@crm01", at: now)
    ) { $0.current = .monitored("current", from: -707 * day, to: 23 * day, at: now) }
    add("hostile", owner: "\"<script>\\\n\u{1b}[2J\u{202e}" + String(repeating: "x", count: 9_999))
    {
      _ in
    }
    let run = Run(
      startedAt: now - 62, finishedAt: now - 20.5, severity: .critical, fingerprint: "",
      summary: "")
    return Overview(
      asOf: now, entries: entries,
      findings: [
        Finding(code: .missedRun, severity: .warning, message: "a night is missing", remedy: "see")
      ],
      runs: RunHistory(newest: run, newestGood: run),
      plan: Plan([], from: now, until: now),
      routes: [
        RouteState(name: "admins", deliveredAt: now - day),
        RouteState(
          name: "chat", deliveredAt: nil, failures: 3, failingSince: now - 3 * day),
      ], tenants: TenantStanding.monitored(at: now))
  }
}

extension Connection {
  fileprivate static func monitored(
    _ name: String, tenant: String, owner: String?, renewsItself: Bool
  ) -> Connection {
    let login = URL.written("https://login.microsoftonline.com")
    let graph = URL.written("https://graph.microsoft.com")
    let cloud = Cloud(login: login, graph: graph, portal: login)
    var policy = Policy()
    if renewsItself {
      policy.rotate = .automatic
      policy.standby = true
    }
    return Connection(
      name: name,
      server: AuthorizationServer(
        name: tenant, kind: .entra(directory: tenant + ".com", cloud: cloud),
        graph: renewsItself ? GraphAccess(signIn: .connection) : nil),
      clientID: "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b", environment: nil, scope: "scope",
      secretName: "Secret", consumers: [Consumer(name: "magentrix", kind: .magentrix)],
      owner: owner, policy: policy)
  }
}

extension URL {
  /// An address that is written out here.
  fileprivate static func written(_ text: String) -> URL {
    URL(string: text) ?? URL(filePath: text)
  }
}

extension ClientSecret {
  /// The value is one that must be found in no metric, report or message.
  fileprivate static func monitored(
    _ slot: String, from start: TimeInterval, to end: TimeInterval, at now: Date
  ) -> ClientSecret {
    ClientSecret(
      keyID: "key-of-\(slot)", startsAt: now + start, expiresAt: now + end, source: .graph,
      value: SecretValue("the~value~of~\(slot)"), validatedAt: now - 3_600)
  }
}

extension Rotation {
  fileprivate static func monitored(
    _ step: Step, since: TimeInterval, at now: Date, mode: Mode = .guided
  ) -> Rotation {
    var rotation = Rotation(id: "rotation", mode: mode, startedAt: now + since - 600)
    rotation.step = step
    rotation.steppedAt = now + since
    if step == .switched {
      rotation.handOver = [HandOver(target: "magentrix", secret: "new", at: now + since)]
    }
    return rotation
  }
}
