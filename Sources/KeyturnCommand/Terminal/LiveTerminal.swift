import Foundation
import Synchronization

extension Terminal {
  /// The terminal, pipe or file that the process was started with.
  static func live(environment: [String: String], allowsColors: Bool = true) -> Terminal {
    let wantsColors = environment["NO_COLOR"]?.isEmpty != false && environment["TERM"] != "dumb"
    return Terminal(
      isInteractive: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
      isScreen: isatty(STDOUT_FILENO) == 1,
      showsProgress: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb",
      hasColors: allowsColors && wantsColors && isatty(STDOUT_FILENO) == 1,
      width: columns(environment),
      print: { if !write($0 + "\n", to: STDOUT_FILENO) { lostOutput.withLock { $0 = true } } },
      talkRaw: { _ = write($0, to: STDERR_FILENO) },
      readLine: { Swift.readLine(strippingNewline: true) },
      readHiddenLine: { question in
        // Before the question, or whoever is quick would see the beginning of what they paste.
        Echo.off()
        defer { Echo.restore() }
        _ = write(question, to: STDERR_FILENO)
        return Swift.readLine(strippingNewline: true)
      },
      readAll: { limit in
        var data = Data()
        while data.count <= limit,
          let chunk = try? FileHandle.standardInput.read(upToCount: limit + 1 - data.count),
          !chunk.isEmpty
        {
          data.append(chunk)
        }
        return data
      },
      hasLostOutput: { lostOutput.withLock { $0 } }, onInterrupt: Interruption.leave(behind:))
  }

  private static func columns(_ environment: [String: String]) -> Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return environment["COLUMNS"].flatMap(Int.init).map { max(40, min($0, 400)) } ?? 80
  }

  private static let lostOutput = Mutex(false)

  /// Returns: false where it could not be written.
  private static func write(_ text: String, to file: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      // A reader that went away (| head) wanted no more; a full disk behind `>` wanted it all.
      guard count > 0 else { return errno == EPIPE }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}

/// The terminal's echo, and how it was before: it must come back even if the process is interrupted.
///
/// A signal handler may neither allocate nor lock, so the state is plain memory, written by the one
/// thread that converses.
private enum Echo {
  nonisolated(unsafe) private static var before = termios()
  nonisolated(unsafe) private static var isOff = false

  static func off() {
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { return }
    var state = before
    state.c_lflag &= ~tcflag_t(ECHO)
    isOff = true
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
  }

  static func restore() {
    guard isOff else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &before)
    isOff = false
  }
}

/// Ctrl-C: restores the echo, says what was left behind, and ends with the status of a SIGINT.
private enum Interruption {
  nonisolated(unsafe) private static var note: UnsafeMutablePointer<CChar>?

  static func leave(behind text: String?) {
    // The former note stays allocated: the handler may be reading it.
    note = text.flatMap { strdup("\nkeyturn: \($0)\n") }
    // Touched before it is needed, because the first access to a static may have to allocate.
    Echo.restore()
    signal(SIGINT) { _ in Interruption.end() }
  }

  private static func end() {
    Echo.restore()
    if let note { _ = Foundation.write(STDERR_FILENO, note, strlen(note)) }
    _exit(130)
  }
}
