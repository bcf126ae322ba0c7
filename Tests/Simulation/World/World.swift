import Foundation
import Keyturn
import SimulatedTenant

/// One history: a clock, a tenant, a store, whoever works with them, and what goes wrong.
///
/// Everything in it is touched by one thread alone, the one that runs ``run(nights:)``; that is why
/// it may say that it is Sendable.
final class World: @unchecked Sendable {
  let seed: UInt64
  /// Seconds since 1970.
  private(set) var now: Double
  var chance: Chance
  let thread = SingleThread()
  private var timeline = Timeline()

  var tenant: Tenant
  let vault: any Vault
  var weather = Weather.calm
  var connections: [ManagedConnection] = []
  /// The application with whose rights keyturn calls Graph where a connection's own are not used.
  var operatorSecret: (clientID: String, value: String) = ("", "")
  /// Whether that application may read who signs in.
  var operatorReadsSignIns = false
  /// Stands for the configuration's content; another number after each change.
  var configuration = 1
  var administrators: [Administrator] = []
  var processes: [SimulatedProcess] = []
  private var processCount = 0

  private(set) lazy var checker = Checker(self)
  var statistics = Statistics()
  let trace: Trace
  /// Whether the last nights run, in which nothing goes wrong any more.
  var isClosing = false

  /// Sunday, 22 November 2026, 00:00 UTC.
  static let start = 1_795_305_600.0
  static let day = 86_400.0

  /// A world in which nothing has happened yet.
  init(seed: UInt64, folder: URL, trace: Trace) throws {
    self.seed = seed
    now = Self.start
    chance = Chance(seed: seed &* 0x2545_F491_4F6C_DD1D &+ 1)
    tenant = Tenant(
      seed: chance.next(), now: Date(timeIntervalSince1970: Self.start), replication: .mild)
    self.trace = trace
    var keys = chance.branch()
    // A database costs as much again as all the rest: every tenth history has one, and the others a
    // store with the same rules in memory.
    vault =
      seed % 10 == 0
      ? try DatabaseVault(
        folder: folder, chance: &keys, at: Date(timeIntervalSince1970: Self.start))
      : MemoryVault(chance: &keys)
  }

  var date: Date { Date(timeIntervalSince1970: now) }

  /// The connection of a name.
  subscript(name: String) -> ManagedConnection? {
    connections.first { $0.connection.name == name }
  }

  // MARK: Time

  /// Plans something for so many seconds from now.
  func after(_ seconds: Double, _ action: @escaping () -> Void) {
    timeline.add(at: now + max(0, seconds), action)
  }

  /// Lets things happen until an instant, or until something happened that must not.
  func run(until end: Double) {
    thread.runUntilQuiet()
    while checker.violation == nil, let at = timeline.nextAt, at <= end, let event = timeline.next()
    {
      now = max(now, at)
      event.action()
      thread.runUntilQuiet()
      statistics.events += 1
    }
    if checker.violation == nil { now = max(now, end) }
  }

  /// Lets everything work, and diligent people finish what is open.
  func close() {
    guard checker.violation == nil else { return }
    isClosing = true
    trace.add(now, "from here on everything works")
    weather = .calm
    tenant.faults = Faults()
    tenant.replication = .mild
    for administrator in administrators { administrator.begin() }
    run(until: now + 14 * Self.day)
    if checker.violation == nil { checker.checkHealed() }
  }

  /// Lets go of everything: what is planned would hold the world as the world holds it.
  func end() {
    for process in processes { process.kill() }
    thread.runUntilQuiet()
    timeline = Timeline()
    processes = []
    administrators = []
  }

  // MARK: Processes

  /// Starts a program; `work` is what it does.
  @discardableResult
  func start(
    _ name: String, _ work: @escaping @Sendable (SimulatedProcess) async -> Void
  ) -> SimulatedProcess {
    processCount += 1
    let process = SimulatedProcess(
      number: processCount, name: name, world: self, chance: chance.branch())
    processes.append(process)
    trace.add(now, "\(process) starts")
    process.task = Task(executorPreference: thread) {
      await work(process)
      process.end()
    }
    return process
  }

  /// Forgets a program that is over.
  func remove(_ process: SimulatedProcess) {
    processes.removeAll { $0 === process }
  }

  /// Ends a program where it stands, as `kill -9` and power cuts do.
  func kill(_ process: SimulatedProcess, _ fault: Fault, step: Rotation.Step?) {
    guard process.isAlive else { return }
    count(fault, step)
    trace.add(now, "\(process) is killed (\(fault.rawValue))")
    process.kill()
    remove(process)
  }

  func count(_ fault: Fault, _ step: Rotation.Step?) {
    statistics.count(fault, step)
  }
}
