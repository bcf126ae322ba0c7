import Dispatch
import Foundation
import Keyturn
import Synchronization
import SystemPackage

/// What a program prints: its beginning is kept, and the rest read and forgotten.
///
/// It is over when the program is, even where something that the program has left behind still
/// holds the other end: a mail system may go on in the background with the output of the command
/// that it was given.
final class ProgramOutput: Sendable {
  /// What the program writes to.
  let writeEnd: FileDescriptor
  private let readEnd: Int32
  private let limit: Int
  private let queue = DispatchQueue(label: "keyturn.program-output")
  nonisolated(unsafe) private let source: any DispatchSourceRead
  private let state = Mutex(State())

  private struct State {
    var kept = Data()
    /// Whether the other end is closed, and this one with it.
    var isOver = false
  }

  /// A pipe that is read from now on; at most `limit` bytes are kept.
  ///
  /// Returns nil where the process may open no more files.
  init?(limit: Int) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    readEnd = ends[0]
    writeEnd = FileDescriptor(rawValue: ends[1])
    self.limit = limit
    source = DispatchSource.makeReadSource(fileDescriptor: readEnd, queue: queue)
    source.setEventHandler { [weak self] in self?.drain() }
    source.setCancelHandler { [readEnd] in close(readEnd) }
    source.activate()
  }

  /// Reads what is still there, stops reading, and returns what was kept.
  func finish() -> String {
    queue.sync {
      drain()
      source.cancel()
    }
    return state.withLock { String(decoding: $0.kept, as: UTF8.self) }
  }

  private func drain() {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    state.withLock { state in
      while !state.isOver {
        let count = read(readEnd, &buffer, buffer.count)
        if count == 0 {
          // The source would call again and again.
          state.isOver = true
          source.cancel()
        }
        guard count > 0 else { return }
        state.kept.append(contentsOf: buffer.prefix(min(count, limit - state.kept.count)))
      }
    }
  }
}

extension String {
  /// The first line that says something, safe to show.
  func firstLine(upTo limit: Int = 200) -> String {
    split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .first { !$0.isEmpty }?.shown(upTo: limit) ?? ""
  }
}
