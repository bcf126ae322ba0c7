import Dispatch
import Foundation
import Synchronization

extension Terminal {
  /// The terminal, pipe or file that the process was started with.
  static func live(environment: [String: String], allowsColors: Bool = true) -> Terminal {
    let wantsColors = environment["NO_COLOR"]?.isEmpty != false && environment["TERM"] != "dumb"
    return Terminal(
      isInteractive: isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1,
      showsProgress: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb",
      hasColors: allowsColors && wantsColors && isatty(STDOUT_FILENO) == 1,
      width: columns(environment),
      print: { if !write($0 + "\n", to: STDOUT_FILENO) { lostOutput.withLock { $0 = true } } },
      talkRaw: { _ = write($0, to: STDERR_FILENO) },
      readLine: { Swift.readLine(strippingNewline: true) },
      readHiddenLine: {
        Echo.off()
        defer { Echo.restore() }
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
private enum Echo {
  private static let saved = Mutex<termios?>(nil)

  static func off() {
    var state = termios()
    guard tcgetattr(STDIN_FILENO, &state) == 0 else { return }
    let before = state
    saved.withLock { $0 = before }
    state.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
  }

  static func restore() {
    saved.withLock { before in
      guard var state = before else { return }
      tcsetattr(STDIN_FILENO, TCSANOW, &state)
      before = nil
    }
  }
}

/// Ctrl-C: restores the echo, says what was left behind, and ends with the status of a SIGINT.
private enum Interruption {
  private static let note = Mutex<String?>(nil)
  private static let source = Mutex<(any DispatchSourceSignal)?>(nil)

  static func leave(behind text: String?) {
    note.withLock { $0 = text }
    source.withLock { source in
      guard source == nil else { return }
      signal(SIGINT, SIG_IGN)
      let handler = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
      handler.setEventHandler {
        Echo.restore()
        let text = note.withLock { $0 }
        FileHandle.standardError.write(Data("\n\(text.map { "keyturn: \($0)\n" } ?? "")".utf8))
        _exit(130)
      }
      handler.resume()
      source = handler
    }
  }
}
