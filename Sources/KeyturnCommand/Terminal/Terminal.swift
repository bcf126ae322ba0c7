import Foundation
import Keyturn

/// The terminal as a struct of closures.
///
/// The rules are:
///
/// - stdout is data: what a command was asked for. stderr is talk: prompts, progress, advice.
/// - Nothing asks unless both sides of the conversation are a terminal.
/// - What came from outside has been through `shown()` before it gets here.
struct Terminal: Sendable {
  /// Whether questions can be asked: standard input is a terminal.
  var isInteractive: Bool
  /// Whether standard output is a terminal: what is longer than a screen is shortened there, and there only.
  var isScreen: Bool
  /// Whether a line on stderr can be drawn over.
  var showsProgress: Bool
  /// Whether standard output takes colours; decoration never carries meaning alone.
  var hasColors: Bool
  /// Columns.
  var width: Int
  /// Writes a line to standard output.
  var print: @Sendable (String) -> Void
  /// Writes to standard error as it is, without a line end.
  var talkRaw: @Sendable (String) -> Void
  /// Reads a line that is shown as it is typed; nil at the end of input.
  var readLine: @Sendable () -> String?
  /// Shows a question and reads a line that is not shown; nil at the end of input.
  var readHiddenLine: @Sendable (_ question: String) -> String?
  /// Reads standard input to its end, at most so many bytes and one more.
  var readAll: @Sendable (Int) -> Data
  /// Whether something that was printed is lost: the disk or device behind standard output failed.
  var hasLostOutput: @Sendable () -> Bool
  /// Says what a Ctrl-C from now on leaves behind; nil: nothing.
  var onInterrupt: @Sendable (String?) -> Void

  /// Writes a line to standard error.
  func talk(_ line: String = "") {
    talkRaw(line + "\n")
  }

  /// Asks for a line; an empty one means `suggestion`.
  ///
  /// Throws: ``KeyturnError`` (interrupted) at the end of input.
  func ask(_ question: String, suggestion: String? = nil) throws -> String {
    talkRaw(suggestion.map { "\(question) [\($0)]: " } ?? "\(question): ")
    guard let line = readLine() else { throw Self.left }
    let answer = line.trimmingCharacters(in: .whitespacesAndNewlines)
    return answer.isEmpty ? suggestion ?? "" : answer
  }

  /// Asks for a line that is not shown, neither now nor later.
  ///
  /// Throws: ``KeyturnError`` (interrupted) at the end of input.
  func askHidden(_ question: String) throws -> String {
    guard let line = readHiddenLine("\(question) (not shown): ") else { throw Self.left }
    talk()
    return line
  }

  /// Asks yes or no.
  ///
  /// Throws: ``KeyturnError`` (usage) that names `flag`, where nobody can be asked.
  func confirm(_ question: String, flag: String = "--yes") throws -> Bool {
    guard isInteractive else {
      throw KeyturnError(
        .usage, "this asks «\(question)», but standard input is not a terminal",
        hints: ["answer it beforehand with \(flag)"])
    }
    while true {
      switch try ask("\(question) (yes/no)").lowercased() {
      case "y", "yes": return true
      case "n", "no", "": return false
      default: talk("Please answer yes or no.")
      }
    }
  }

  private static let left = KeyturnError(
    .interrupted, "the input ended", hints: ["nothing is lost; run the command again to go on"])
}
