import Foundation
import Testing

/// A command on a terminal of its own, driven by Tests/Support/terminal.py.
struct TerminalSession: Sendable {
  /// What a person does at the terminal, in order.
  enum Step: Sendable {
    /// Waits until a text is shown.
    case see(String)
    /// Waits for a question, then types an answer and Enter.
    case answer(String, String)
    /// Waits for a question, then types an answer that lies in a file, without Enter.
    case answerFromFile(String, String)
    /// Waits for a text, then presses Ctrl-C.
    case interrupt(at: String)
    /// Presses Enter.
    case enter

    fileprivate var json: [String: Any] {
      switch self {
      case .see(let text): ["expect": text, "timeout": 120]
      case .answer(let text, let answer): ["expect": text, "timeout": 120, "send": answer + "\r"]
      case .answerFromFile(let text, let file): ["expect": text, "timeout": 120, "send_file": file]
      case .interrupt(let text): ["expect": text, "timeout": 120, "send": "\u{3}"]
      case .enter: ["send": "\r"]
      }
    }
  }

  /// The command's exit status; nil where a signal ended it.
  let status: Int?
  let signal: String?
  /// Everything that a bystander could have read.
  let output: String

  /// Runs a command and plays the steps; a step that is not met fails the test.
  static func run(
    _ command: [String], environment: [String: String], columns: Int = 100,
    _ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> TerminalSession {
    let script = try JSONSerialization.data(withJSONObject: steps.map(\.json))
    let result = try await Programs.run(
      [
        "python3", Programs.script("terminal.py"), "--columns", "\(columns)", "--limit", "240", "-",
        "--",
      ] + command, input: String(decoding: script, as: UTF8.self), environment: environment,
      seconds: 280)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(result.printed.utf8)) as? [String: Any],
      sourceLocation: sourceLocation)
    if let failed = report["failed"] as? [String: Any] {
      Issue.record("\(failed)", sourceLocation: sourceLocation)
    }
    return TerminalSession(
      status: report["status"] as? Int, signal: report["signal"] as? String,
      output: report["output"] as? String ?? "")
  }

  @discardableResult
  func ended(_ expected: Int, sourceLocation: SourceLocation = #_sourceLocation)
    -> TerminalSession
  {
    #expect(status == expected, "\(output)", sourceLocation: sourceLocation)
    return self
  }

  @discardableResult
  func showing(_ text: String, sourceLocation: SourceLocation = #_sourceLocation)
    -> TerminalSession
  {
    #expect(output.contains(text), "\(output)", sourceLocation: sourceLocation)
    return self
  }

  @discardableResult
  func neverShowing(_ text: String, sourceLocation: SourceLocation = #_sourceLocation)
    -> TerminalSession
  {
    #expect(!output.contains(text), "a value was shown", sourceLocation: sourceLocation)
    return self
  }
}

extension Installed {
  /// Runs a command of keyturn's on a terminal.
  func onTerminal(
    _ arguments: [String], columns: Int = 100, _ steps: [TerminalSession.Step],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> TerminalSession {
    try await .run(
      [Programs.keyturn] + arguments, environment: environment, columns: columns, steps,
      sourceLocation: sourceLocation)
  }

  /// The same inside a shell that tells how the command ended, and in what state the terminal is.
  func inShell(
    _ arguments: [String], _ steps: [TerminalSession.Step],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> TerminalSession {
    let script =
      #"trap : INT; "$0" "$@"; echo "status=$?."; stty -a | grep -Eo -- "-?\<echo\>" | tr -d '\n'"#
    return try await .run(
      ["bash", "-c", script, Programs.keyturn] + arguments, environment: environment,
      steps + [.see("status=")], sourceLocation: sourceLocation)
  }
}
