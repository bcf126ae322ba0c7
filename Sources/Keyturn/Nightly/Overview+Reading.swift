import Foundation

extension Overview {
  /// Reads everything there is to know of these connections: each table once, however many they are.
  ///
  /// `history` is how many of the newest events of each connection are read, `until` how far the plan
  /// looks ahead; without it, until the last known secret has ended.
  ///
  /// Throws: ``KeyturnError`` where the store or the registry can't be read; a single record that
  /// can't be opened is a finding about its connection.
  public static func read(
    _ connections: [Connection], from store: any ConsumerSecretStore, _ registry: any Registry,
    history: Int, until: Date? = nil, at now: Date
  ) async throws -> Overview {
    let names = connections.map(\.name)
    let records = try await store.records(of: names)
    let events =
      history == 0 ? [:] : try await registry.newestEvents(about: names, limit: history)
    let settling = try await settlingTimes(of: connections, registry)
    let runs = try await registry.runs()
    let entries = connections.map { connection in
      entry(
        connection, records[connection.name], settling[connection.server.name],
        events[connection.name] ?? [], at: now)
    }
    // What a record that can't be opened comes to is nobody's guess.
    let known = entries.filter { (try? records[$0.connection.name]?.get()) != nil }
    let missing = entries.filter { records[$0.connection.name] == nil }
    let overview = Overview(
      asOf: now, entries: entries, findings: Check.findingsAboutRuns(runs, at: now), runs: runs,
      plan: Plan((known + missing).map { ($0.connection, $0.record) }, from: now, until: until))
    return overview.withNotifications()
  }

  /// Adds what the ledger of messages knows: findings of the nights, snoozes, how routes fare.
  private func withNotifications() -> Overview {
    self
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
