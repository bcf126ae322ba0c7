import Foundation
import Keyturn

/// A program of the administrator's own, which gets the message as JSON on its standard input.
struct NotifyingCommand: Sendable {
  let words: [String]
  let context: Context
  /// The variables of the process.
  let environment: [String: String]

  /// Runs the program once.
  ///
  /// Returns: the first line that it printed. Throws: ``DeliveryFailure``.
  func send(_ message: Message) async throws(DeliveryFailure) -> String {
    guard let name = words.first, let path = ExternalProgram.find(name, in: environment) else {
      throw Self.missing(words.first ?? "")
    }
    let program = ExternalProgram(
      path: path, arguments: Array(words.dropFirst()), environment: variables(for: message),
      context: context)
    let title = "the program \(name.shown(upTo: 100))"
    do {
      let ending = try await program.run(input: WebhookDocument(message).data)
      return try Self.receipt(ending, of: title)
    } catch let failure as ExternalProgram.Failure {
      throw failure == .missing ? Self.missing(name) : DeliveryFailure(failure, of: title)
    } catch {
      throw error as? DeliveryFailure
        ?? DeliveryFailure(
          .uncertain, "\(title) was interrupted", remedy: "run keyturn check again")
    }
  }

  private func variables(for message: Message) -> [String: String] {
    var variables = environment.passedOn("PATH", "HOME", "LANG")
    variables["KEYTURN_ROUTE"] = message.route
    variables["KEYTURN_MESSAGE_ID"] = message.id
    variables["KEYTURN_SEVERITY"] = message.severity.rawValue
    return variables
  }

  private static func receipt(
    _ ending: ExternalProgram.Ending, of title: String
  ) throws(DeliveryFailure) -> String {
    let words = [ending.errors, ending.output].map { $0.firstLine() }.first { !$0.isEmpty }
    let said = words.map { ": \($0)" } ?? ""
    switch ending.status {
    case 0?:
      let line = ending.output.firstLine()
      return line.isEmpty ? "exit status 0" : line
    case 75?:
      throw DeliveryFailure(
        .refused, "\(title) can't take the message now (exit status 75)\(said)",
        remedy: "nothing: it is called again with a later run")
    case let status?:
      throw DeliveryFailure(
        .refused, "\(title) failed with exit status \(status)\(said)",
        remedy: "run keyturn notify test as the same user, and see what the program complains of")
    case nil:
      throw DeliveryFailure(
        .uncertain, "\(title) was ended by a signal\(said)",
        remedy: "find out who ended it; it is called again with the same message id")
    }
  }

  private static func missing(_ name: String) -> DeliveryFailure {
    DeliveryFailure(
      .refused, "the program \(name.shown(upTo: 100)) can't be found, or not be run by this user",
      remedy: "give the program's whole path in command:, and make it executable (chmod +x)")
  }
}

extension DeliveryFailure {
  /// A program that did not come to its own end.
  init(_ failure: ExternalProgram.Failure, of title: String) {
    switch failure {
    case .missing:
      self.init(.refused, "\(title) can't be found", remedy: "install it, or name its whole path")
    case .notStarted(let words):
      self.init(
        .refused, "\(title) can't be run: \(words)", remedy: "run it by hand as the same user")
    case .stopped:
      self.init(
        .uncertain,
        "\(title) did not end within \(Int(ExternalProgram.patience)) seconds, and was stopped",
        remedy: "run it by hand as the same user, and see what it waits for")
    }
  }
}
