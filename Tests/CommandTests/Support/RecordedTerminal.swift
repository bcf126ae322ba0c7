import Foundation
import Synchronization
import Testing

@testable import KeyturnCommand

/// What a scripted person types, and at which question.
enum Answer: Sendable {
  /// A line that is shown as it is typed.
  case line(at: String, String)
  /// A line that must not be shown.
  case hidden(at: String, String)
  /// Nothing more: the end of input, as Ctrl-D.
  case end(at: String)

  var question: String {
    switch self {
    case .line(let question, _), .hidden(let question, _), .end(let question): question
    }
  }
}

/// A terminal that remembers what was shown and answers from a script.
///
/// A question that the script does not expect next, and one it expects in vain, fail the test.
final class RecordedTerminal: Sendable {
  struct Record: Sendable {
    var printed = ""
    var said = ""
    var notes: [String?] = []
    var answers: [Answer] = []
  }

  private let record: Mutex<Record>
  private let isInteractive: Bool
  private let input: Data
  private let hasColors: Bool
  private let isScreen: Bool
  private let width: Int

  /// A terminal with somebody at it who gives these answers; nil: there is nobody, but `input`.
  init(
    answers: [Answer]?, input: Data = Data(), hasColors: Bool = false, isScreen: Bool = false,
    width: Int = 100
  ) {
    isInteractive = answers != nil
    record = Mutex(Record(answers: answers ?? []))
    self.input = input
    self.hasColors = hasColors
    self.isScreen = isScreen
    self.width = width
  }

  /// What was shown, once the command has ended.
  func finish() -> Record {
    let record = record.withLock { $0 }
    for answer in record.answers {
      Issue.record("nobody asked «\(answer.question)»; said was: \(record.said)")
    }
    return record
  }

  var terminal: Terminal {
    Terminal(
      isInteractive: isInteractive, isScreen: isScreen, showsProgress: hasColors,
      hasColors: hasColors, width: width,
      print: { line in self.record.withLock { $0.printed += line + "\n" } },
      talkRaw: { text in self.record.withLock { $0.said += text } },
      readLine: { self.answer(isHidden: false) },
      readHiddenLine: { question in
        self.record.withLock { $0.said += question }
        return self.answer(isHidden: true)
      },
      readAll: { self.input.prefix($0 + 1) }, hasLostOutput: { false },
      onInterrupt: { note in self.record.withLock { $0.notes.append(note) } })
  }

  private func answer(isHidden: Bool) -> String? {
    record.withLock { record in
      let question = record.said.components(separatedBy: "\n").last ?? ""
      guard let next = record.answers.first, question.contains(next.question) else {
        Issue.record("asked «\(question)», expected «\(record.answers.first?.question ?? "none")»")
        record.answers = []
        return nil
      }
      record.answers.removeFirst()
      switch next {
      case .end: return nil
      case .line(_, let text):
        #expect(!isHidden, "«\(question)» should show what is typed")
        record.said += text + "\n"
        return text
      case .hidden(_, let text):
        #expect(isHidden, "«\(question)» should hide what is typed")
        return text
      }
    }
  }
}
