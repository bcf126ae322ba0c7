import Foundation

extension Overview {
  /// Reads everything there is to know of these connections: each table once, however many they are.
  ///
  /// `history` is how many of the newest events of each connection are read. Without `looksAhead` there is
  /// no plan, which takes as long as everything else.
  ///
  /// Throws: ``KeyturnError`` where the store or the registry can't be read; a single record that
  /// can't be opened is a finding about its connection.
  public static func read(
    _ connections: [Connection], from store: any ConsumerSecretStore, _ registry: any Registry,
    history: Int, looksAhead: Bool, at now: Date
  ) async throws -> Overview {
    let names = connections.map(\.name)
    // Records are opened while the rest is being read.
    async let found = store.records(of: names)
    async let newest = history == 0 ? [:] : registry.newestEvents(about: names, limit: history)
    let settling = try await settlingTimes(of: connections, registry)
    let runs = try await registry.runs()
    let firstEvent = try await registry.events(after: 0, about: nil, limit: 1).first
    let (records, events) = (try await found, try await newest)
    let entries = await connections.concurrentMap { connection in
      entry(
        connection, records[connection.name], settling[connection.server.name],
        events[connection.name] ?? [], at: now)
    }
    // What a record that can't be opened comes to is nobody's guess.
    let foreseen = entries.filter { entry in
      guard looksAhead else { return false }
      if case .failure? = records[entry.connection.name] { return false }
      return true
    }
    return Overview(
      asOf: now, entries: entries,
      findings: Check.findingsAboutRuns(runs, recordedSince: firstEvent?.entry.at, at: now),
      runs: runs,
      plan: await Plan.ofMany(foreseen.map { ($0.connection, $0.record) }, from: now, until: nil))
  }

  /// The same with what the ledger knows: findings that only a night can make, snoozes, and how the
  /// messages of these routes fare.
  public func with(_ ledger: Ledger, routes: [Route]) -> Overview {
    var next = self
    let open = Dictionary(grouping: ledger.open.map(\.finding)) { $0.connection ?? "" }
    for index in next.entries.indices {
      let entry = next.entries[index]
      next.entries[index].snooze = ledger.snooze(of: entry.connection.name, at: asOf)
      next.entries[index].observed = (open[entry.connection.name] ?? []).filter {
        $0.isObserved(beside: entry)
      }
    }
    let own = (open[""] ?? []).filter { $0.code == .ownCredentialExpiring }
    next.findings += own + Notifications.findings(about: ledger)
    next.routes = ledger.states(of: routes)
    return next
  }

  private static func entry(
    _ connection: Connection, _ record: Result<ConsumerRecord, KeyturnError>?,
    _ settling: SettlingTimes?, _ history: [AuditEvent], at now: Date
  ) -> Entry {
    let judgement =
      switch record {
      case .failure(let error): Judgement(connection, unreadable: error)
      case .success(let record): Judgement(connection, record, at: now)
      case nil: Judgement(connection, nil, at: now)
      }
    return Entry(
      connection: connection, record: try? record?.get(), judgement: judgement,
      settling: settling, history: history)
  }

  /// The settling times of each tenant, by its name.
  private static func settlingTimes(of connections: [Connection], _ registry: any Registry)
    async throws -> [String: SettlingTimes]
  {
    let tenants = Dictionary(grouping: connections, by: \.server.name)
    let names = tenants.keys.sorted()
    let groups = names.map { name in (tenants[name] ?? []).map(\.name) }
    var times: [String: SettlingTimes] = [:]
    for (name, seconds) in zip(names, try await registry.settlingTimes(ofEach: groups)) {
      times[name] = SettlingTimes(seconds)
    }
    return times
  }
}

extension Finding {
  /// Whether a night found it in the tenant, where a record alone does not show it.
  ///
  /// What the judgement of the record can say is said by it: it knows what was done since that night.
  fileprivate func isObserved(beside entry: Overview.Entry) -> Bool {
    switch code {
    case .orphan, .foreign: true
    case .leftover: keyID != nil && keyID != entry.record?.previous?.keyID
    case .drifted, .unreadable:
      keyID == entry.record?.current?.keyID && !entry.judgement.findings.contains { $0.key == key }
    default: false
    }
  }
}
