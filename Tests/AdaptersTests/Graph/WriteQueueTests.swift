import Foundation
import Keyturn
import Synchronization
import Testing

@testable import Adapters

@Suite struct WriteQueueTests {
  private let queue = WriteQueue()
  private let log = Log()

  /// What happened, in order.
  private final class Log: Sendable {
    private let entries = Mutex<[String]>([])

    var all: [String] { entries.withLock { $0 } }

    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
  }

  /// A write that goes on until it is let go.
  private final class Gate: Sendable {
    private let stream = AsyncStream<Void>.makeStream()

    func open() { stream.continuation.finish() }

    func wait() async { for await _ in stream.stream {} }
  }

  private func write(_ name: String, gate: Gate? = nil, at application: String = "app") -> Task<
    DirectoryFailure?, Never
  > {
    Task {
      do throws(DirectoryFailure) {
        try await queue.alone(at: application) {
          log.add("\(name) begins")
          await gate?.wait()
          log.add("\(name) ends")
        }
        return nil
      } catch {
        return error
      }
    }
  }

  private func settle(until count: Int) async {
    while await queue.count(at: "app") != count { await Task.yield() }
  }

  /// Starts a write that stays, and waits until it has begun.
  private func occupy(_ gate: Gate) async -> Task<DirectoryFailure?, Never> {
    let task = write("first", gate: gate)
    while log.all.isEmpty { await Task.yield() }
    return task
  }

  @Test func `writes to one application go one after the other, in their order`() async {
    let gate = Gate()
    var tasks = [await occupy(gate)]
    for (count, name) in ["second", "third", "fourth"].enumerated() {
      tasks.append(write(name))
      await settle(until: count + 1)
    }
    #expect(log.all == ["first begins"])
    gate.open()
    for task in tasks { #expect(await task.value == nil) }
    #expect(
      log.all
        == ["first", "second", "third", "fourth"].flatMap { ["\($0) begins", "\($0) ends"] })
  }

  @Test func `another application does not wait`() async {
    let gate = Gate()
    let first = await occupy(gate)
    #expect(await write("other", at: "other").value == nil)
    #expect(log.all == ["first begins", "other begins", "other ends"])
    gate.open()
    _ = await first.value
  }

  @Test func `who is cancelled leaves the queue and never writes`() async {
    let gate = Gate()
    let first = await occupy(gate)
    let second = write("second")
    await settle(until: 1)
    let third = write("third")
    await settle(until: 2)
    second.cancel()
    #expect(await second.value?.verdict == .later(retryAfter: nil))
    #expect(await queue.count(at: "app") == 1)
    gate.open()
    #expect(await first.value == nil)
    #expect(await third.value == nil)
    #expect(!log.all.contains("second begins"))
  }

  @Test func `a write that fails lets the next one in`() async throws {
    let failure = DirectoryFailure(.refused, "no", remedy: "none")
    await #expect(throws: failure) {
      try await queue.alone(at: "app") { () throws(DirectoryFailure) in throw failure }
    }
    #expect(await write("next").value == nil)
  }

  @Test func `a task that was cancelled before does not begin`() async {
    let task = Task { () -> DirectoryFailure? in
      withUnsafeCurrentTask { $0?.cancel() }
      do throws(DirectoryFailure) {
        try await queue.alone(at: "app") { log.add("cancelled begins") }
        return nil
      } catch {
        return error
      }
    }
    #expect(await task.value != nil)
    #expect(!log.all.contains("cancelled begins"))
  }
}
