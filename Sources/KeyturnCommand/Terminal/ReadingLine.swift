import Foundation
import Keyturn
import Synchronization

/// The line that moves while whole tenants are read: how many applications, how fast, how long still,
/// and what is being waited for.
final class ReadingLine: Sendable {
  /// What is being read.
  enum Subject: Sendable {
    case applications, owners, signIns

    func words(_ count: Int) -> String {
      switch self {
      case .applications: "\(count) applications"
      case .owners: "owners of \(count) applications"
      case .signIns: "\(count) sign-ins"
      }
    }
  }

  private struct State {
    var counts: [String: Int] = [:]
    var expected: [String: Int] = [:]
    var startedAt: Date?
    var last = ""
  }

  private let terminal: Terminal
  private let context: Context
  private let subject: Subject
  private let state = Mutex(State())

  init(_ terminal: Terminal, _ context: Context, of subject: Subject = .applications) {
    self.terminal = terminal
    self.context = context
    self.subject = subject
    terminal.onInterrupt(
      subject == .applications
        ? "stopped; the tenants whose reading was complete are up to date, and of the others the"
          + " former picture stands as it was"
        : "stopped; what was read is kept")
  }

  /// Shows where a reading stands.
  func show(_ progress: TenantProgress) {
    let now = context.now()
    state.withLock { state in
      state.startedAt = state.startedAt ?? now
      state.expected[progress.tenant] = progress.expected
      let text: String
      switch progress.update {
      case .read(let count):
        state.counts[progress.tenant, default: 0] += count
        text = words(state, at: now)
      case .waiting(let until, let isThrottled):
        let time = Timestamp.format(until).dropFirst(11).prefix(8)
        text =
          words(state, at: now) + "; \(progress.tenant) is "
          + (isThrottled ? "throttled until \(time) UTC" : "asked again at \(time) UTC")
      }
      draw(text, &state)
    }
  }

  /// Ends the line, so that what follows begins on a new one.
  func finish() {
    terminal.onInterrupt(nil)
    state.withLock { state in
      if terminal.showsProgress && !state.last.isEmpty { terminal.talkRaw("\n") }
      state.last = ""
    }
  }

  private func words(_ state: State, at now: Date) -> String {
    let count = state.counts.values.reduce(0, +)
    let seconds = state.startedAt.map { now.timeIntervalSince($0) } ?? 0
    let tenants =
      state.counts.count > 1 ? "\(state.counts.count) tenants" : state.counts.keys.first ?? ""
    var text = "\(tenants.isEmpty ? "" : "\(tenants): ")\(subject.words(count))"
    guard seconds >= 1 else { return text }
    let rate = Double(count) / seconds
    text += ", \(Int(rate.rounded())) a second"
    let names = state.counts.keys
    let expected = names.compactMap { state.expected[$0] }
    let rest = expected.reduce(0, +) - count
    if expected.count == names.count, rate > 0, rest > 0 {
      text += ", \(Int((Double(rest) / rate).rounded(.up))) s left"
    }
    return text
  }

  private func draw(_ text: String, _ state: inout State) {
    guard terminal.showsProgress, text != state.last else { return }
    let isCut = text.count > terminal.width - 1
    let shown = isCut ? String(text.prefix(max(0, terminal.width - 2))) + "…" : text
    terminal.talkRaw("\r\u{1b}[2K\(shown)")
    state.last = text
  }
}
