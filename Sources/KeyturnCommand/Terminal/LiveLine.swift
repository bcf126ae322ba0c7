import Foundation
import Keyturn
import Synchronization

/// The line that moves while replicas settle: on a terminal it is drawn over itself, in a pipe each
/// change is a line of its own.
final class LiveLine: Sendable {
  private let terminal: Terminal
  private let last = Mutex("")

  init(_ terminal: Terminal) {
    self.terminal = terminal
  }

  /// Follows a proof from its first call to its end, however it ends.
  static func following<T>(
    _ terminal: Terminal,
    _ proof: (@escaping @Sendable (Validator.Progress) -> Void) async throws -> T
  ) async throws -> T {
    let line = LiveLine(terminal)
    defer { line.finish() }
    return try await proof { line.show($0) }
  }

  /// Shows where a proof stands.
  func show(_ progress: Validator.Progress) {
    let what =
      switch progress.purpose {
      case .newSecret, .standingSecret: "Token calls: accepted"
      case .removal: "Deleted secret: refused"
      }
    var text = "\(what) \(progress.successes) of \(progress.required)"
    if progress.successes < progress.required {
      text += ", next call in \(Int(progress.nextCall.rounded())) s"
      text += ", giving up in \(Self.clock(progress.remaining))"
    }
    // The code says why it is waited for; the whole explanation comes if the proof fails.
    if let obstacle = progress.obstacle, progress.successes == 0 {
      text += " (\(obstacle.prefix { $0 != ":" && $0 != ";" }))"
    }
    draw(text)
  }

  /// Ends the line, so that what follows begins on a new one.
  func finish() {
    last.withLock { last in
      if terminal.showsProgress && !last.isEmpty { terminal.talkRaw("\n") }
      last = ""
    }
  }

  private func draw(_ text: String) {
    last.withLock { last in
      guard text != last else { return }
      if terminal.showsProgress {
        terminal.talkRaw("\r\u{1b}[2K\(text.cut(toColumns: terminal.width - 1))")
      } else {
        terminal.talk(text)
      }
      last = text
    }
  }

  private static func clock(_ seconds: TimeInterval) -> String {
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
