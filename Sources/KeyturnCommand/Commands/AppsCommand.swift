import ArgumentParser
import Foundation
import Keyturn

/// `keyturn apps`.
struct AppsCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "apps",
    abstract: "List the applications of the tenants that are observed as a whole.",
    discussion: """
      It shows what the newest complete reading found; keyturn check reads every night where
      graph: has observe: all. Those whose last client secret ends first come first. Service
      principals and certificates are there where graph: has include: with those words.

      EXIT STATUS
        0    listed
        64   no tenant is observed, or there is none of that name
        69   --refresh: a tenant could not be read
        75   --unowned, --unused: Graph is throttled; what is known is listed
        77   --unowned, --unused: owners or sign-ins may not be read; what is known is listed
      """)

  @Option(help: ArgumentHelp("Only this tenant.", valueName: "name"))
  var tenant: String?

  @Option(
    help: ArgumentHelp(
      "Only applications whose last client secret ends within so long: 30d.", valueName: "period"))
  var expiring: Period?

  @Flag(help: "Only applications without a living client secret, which once had one.")
  var expired = false

  @Option(
    help: ArgumentHelp(
      "Only objects of this kind: application or service-principal.", valueName: "kind"))
  var kind: ObservedKind?

  @Flag(help: "Let --expiring, --expired and the order be about certificates.")
  var certificates = false

  @Flag(help: "Only applications with a client secret that keyturn made and has no value of.")
  var orphans = false

  @Flag(help: "Only applications that nobody owns. Owners that are not known are read first.")
  var unowned = false

  @Option(
    help: ArgumentHelp(
      "Only applications without a sign-in for so long: 180d. Sign-ins are read first.",
      valueName: "period"))
  var unused: Period?

  @Option(
    help: ArgumentHelp(
      "Only applications with this in their name, or at the beginning of their ids.",
      valueName: "text"))
  var search: String?

  @Flag(help: "Read the tenants now.")
  var refresh = false

  @Option(help: "List at most so many; 0 for all. Tables end at 50 otherwise.")
  var limit: Int?

  @Flag(help: "Print comma-separated values.")
  var csv = false

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard limit ?? 0 >= 0 else { throw ValidationError("--limit takes 0 or more.") }
    guard !csv || !reading.json else { throw ValidationError("Choose one of --csv and --json.") }
    guard expiring == nil || !expired else {
      throw ValidationError("Choose one of --expiring and --expired.")
    }
    guard !unowned || kind != .servicePrincipal else {
      throw ValidationError("--unowned is about applications, not about service principals.")
    }
  }

  func run(in world: World) async throws {
    let (failures, problems) = try await Installation.open(global, in: world) { installation in
      let names = try tenants(of: installation)
      let startedAt = world.context.now()
      let failures = refresh ? try await read(names, installation, in: world) : []
      let missing = AppsReading(
        installation: installation, world: world, names: names,
        readAgainBefore: refresh ? startedAt : nil)
      var problems: [KeyturnError] = []
      if unused != nil { problems += try await missing.signIns() }
      let now = world.context.now()
      if unowned { problems += try await missing.owners(filter(at: now)) }
      let (entries, total) = try await entries(installation, at: now)
      let states = try await states(of: names, installation)
      var view = AppsView(
        entries, total: total, states: states, connections: installation.connections, at: now)
      if unowned { view.ownersUnknown = try await missing.ownersUnknown(filter(at: now)) }
      if csv {
        for line in view.csv { world.terminal.print(line) }
      } else {
        try world.terminal.render(view, json: reading.json) {
          view.text(Style(isOn: world.terminal.hasColors))
        }
      }
      return (failures, problems)
    }
    for failure in failures { world.terminal.talk("keyturn: error: \(failure.message)") }
    for problem in problems.dropLast() {
      world.terminal.talk("keyturn: error: \(problem.message)")
      for hint in problem.hints { world.terminal.talk("keyturn: hint: \(hint)") }
    }
    if let problem = problems.last { throw problem }
    if !failures.isEmpty { throw ExitCode(KeyturnError.Code.unavailable.exitStatus) }
  }

  private func tenants(of installation: Installation) throws -> Set<String> {
    let names = installation.watch.tenants.map(\.name)
    guard !names.isEmpty else {
      throw KeyturnError(
        .usage, "no tenant is observed as a whole",
        hints: ["write observe: all below graph: of a tenant in \(installation.file.shown())"])
    }
    guard let tenant else { return Set(names) }
    guard names.contains(tenant) else {
      throw KeyturnError(
        .usage, "there is no tenant '\(tenant.shown(upTo: 64))' that is observed as a whole",
        hints: ["there are: \(names.joined(separator: ", "))"])
    }
    return [tenant]
  }

  private func read(
    _ names: Set<String>, _ installation: Installation, in world: World
  ) async throws -> [Finding] {
    let line = ReadingLine(world.terminal, world.context)
    defer { line.finish() }
    return try await installation.alone {
      try await installation.watch.following { line.show($0) }
        .refresh(names, of: installation.connections) {
          await installation.engine.callers(in: $0, of: installation.connections)
        }
    }.flatMap(\.findings).filter { $0.code == .unreadable }
  }

  /// What is asked for, without a limit.
  private func filter(at now: Date) -> InventoryFilter {
    var filter = InventoryFilter()
    filter.tenant = tenant
    filter.kind = kind
    filter.credential = certificates ? .certificate : .secret
    filter.search = search
    filter.isMarked = orphans
    if let expiring { filter.ending = now...now.adding(expiring.period) }
    if expired { filter.ending = Date(timeIntervalSince1970: 0)...now }
    filter.isUnowned = unowned
    filter.unusedSince = unused.map { now.subtracting($0.period) }
    return filter
  }

  private func entries(
    _ installation: Installation, at now: Date
  ) async throws -> (entries: [InventoryEntry], total: Int) {
    let limit = self.limit ?? (csv || reading.json ? 0 : 50)
    var filter = filter(at: now)
    guard orphans else {
      filter.limit = limit == 0 ? .max : limit
      let entries = try await installation.inventory.applications(filter)
      return (entries, try await installation.inventory.count(filter))
    }
    let entries = try await installation.inventory.applications(filter)
    let records = try await installation.engine.records(of: installation.connections)
    let found = entries.filter { !$0.application.orphans(among: records).isEmpty }
    return (limit == 0 ? found : Array(found.prefix(limit)), found.count)
  }

  private func states(
    of names: Set<String>, _ installation: Installation
  ) async throws -> [AppsView.State] {
    var states: [AppsView.State] = []
    for tenant in installation.watch.tenants where names.contains(tenant.name) {
      for scope in tenant.graph?.scopes ?? [] {
        states.append(
          AppsView.State(
            tenant: tenant.name, kind: scope.kind,
            state: try await installation.inventory.state(of: tenant.name, scope.kind),
            signInsReadAt: try await installation.signIns.readAt(of: tenant.name)))
      }
    }
    return states.sorted { $0.tenant < $1.tenant }
  }
}

extension ObservedKind: ExpressibleByArgument {}

/// A span of time on the command line: `30d`.
struct Period: ExpressibleByArgument {
  let period: CalendarPeriod

  init?(argument: String) {
    guard let period = CalendarPeriod(parsing: argument) else { return nil }
    self.period = period
  }
}
