import Adapters
import Foundation
import Keyturn
import Logging

/// One run of the program: it has ports of its own, and may be killed wherever it waits for one.
///
/// A killed process is let go on only to unwind: whatever it calls then has no effect and fails.
final class SimulatedProcess: @unchecked Sendable {
  let number: Int
  let name: String
  let world: World
  let startedAt: Double
  /// Whether nothing kept it from learning the truth when it started.
  let beganInCalm: Bool
  private(set) var isAlive = true
  var task: Task<Void, Never>?
  private var chance: Chance
  private var waiting: [Int: UnsafeContinuation<Bool, Never>] = [:]
  private var tickets = 0
  private var callsAfterDeath = 0
  /// What Graph has answered it, and is not yet in the store or removed, by key id.
  var unsaved: [String: Unsaved] = [:]
  /// The key ids of what it has asked Graph to remove.
  var removals: Set<String> = []
  /// What Graph has told it about each connection since it last wrote.
  var reads: [String: Reads] = [:]

  init(number: Int, name: String, world: World, chance: Chance) {
    self.number = number
    self.name = name
    self.world = world
    startedAt = world.now
    beganInCalm = world.weather.isQuiet(world.tenant.faults)
    self.chance = chance
  }

  // MARK: Waiting

  /// Waits until the world wakes it; `arrange` tells the world by which ticket.
  ///
  /// Returns: false if it was killed meanwhile, or before.
  func wait(_ arrange: (Int) -> Void) async -> Bool {
    guard isAlive else {
      callsAfterDeath += 1
      // Whoever goes on for ever after this has a loop that no error ends.
      if callsAfterDeath > 10_000 {
        world.checker.fail("a killed process never ends", about: nil)
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
      return false
    }
    tickets += 1
    let ticket = tickets
    return await withUnsafeContinuation { continuation in
      waiting[ticket] = continuation
      arrange(ticket)
    }
  }

  /// Lets the process go on that waits with this ticket, if it does.
  func wake(_ ticket: Int) {
    waiting.removeValue(forKey: ticket)?.resume(returning: true)
  }

  /// Waits for so many seconds; false if it was killed meanwhile.
  func pause(_ seconds: Double) async -> Bool {
    await wait { ticket in world.after(seconds) { self.wake(ticket) } }
  }

  /// The end of its work.
  func end() {
    guard isAlive else { return }
    world.checker.processEnds(self)
    world.trace.add(world.now, "\(self) ends")
    isAlive = false
    world.remove(self)
  }

  func kill() {
    isAlive = false
    task?.cancel()
    for ticket in waiting.keys.sorted() {
      waiting.removeValue(forKey: ticket)?.resume(returning: false)
    }
  }

  // MARK: Ports

  var context: Context {
    Context(
      now: { self.world.date },
      sleep: { seconds in
        guard await self.sleep(seconds) else { throw CancellationError() }
      },
      random: { count in
        (0..<count).map { _ in UInt8(truncatingIfNeeded: self.chance.next() >> 32) }
      })
  }

  var store: StorePort { StorePort(process: self) }

  var registry: RegistryPort { RegistryPort(process: self) }

  var transport: HTTPTransport {
    HTTPTransport(exchange: { request async throws(TransportFailure) in
      try await self.world.exchange(request, of: self)
    })
  }

  var engine: RotationEngine {
    let transport = transport
    return RotationEngine(
      context: context, store: store,
      validator: Validator(
        context: context, tokens: TokenEndpointClient(transport: transport, context: context),
        resource: DataverseClient(transport: transport, context: context),
        settings: ValidationSettings()),
      directory: GraphClient(
        transport: transport, tokens: SimulatedSignIn(process: self, transport: transport),
        context: context),
      actor: name)
  }

  var logger: Logger {
    var logger = Logger(label: "keyturn") { _ in OverheardLog(process: self) }
    logger.logLevel = .trace
    return logger
  }

  /// Sleeps, and is sometimes killed in its sleep.
  private func sleep(_ seconds: Double) async -> Bool {
    if isAlive, world.chance.happens(world.weather.crash) {
      world.after(world.chance.number(0...max(seconds, 0.001))) {
        self.world.kill(self, .killedAsleep, step: self.world.busiestStep)
      }
    }
    return await pause(seconds)
  }
}

extension SimulatedProcess: CustomStringConvertible {
  var description: String { "\(name)#\(number)" }
}

/// Something that only the process knows that was answered.
struct Unsaved {
  var connection: String
  var value: String
  /// Whether the write failed, and then nobody could say whether it was made all the same.
  var isInDoubt = false
}

/// Hears everything that is logged.
private struct OverheardLog: LogHandler {
  let process: SimulatedProcess
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    process.world.checker.hear("\(event.message) \(event.metadata ?? [:])", from: "the log")
  }
}
