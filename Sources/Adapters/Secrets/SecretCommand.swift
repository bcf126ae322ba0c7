import Foundation
import Keyturn
import Subprocess
import SystemPackage

/// A program whose standard output is a secret.
struct SecretCommand: Sendable {
  /// What it is called in messages: "the key command".
  var title: String
  /// The key of the configuration that names it.
  var key: String
  /// The program and its arguments; there is no shell.
  var words: [String]

  /// What it prints, at most 4 KiB.
  ///
  /// Throws: ``KeyturnError`` (configuration) where it can't be run or fails; what it printed on
  /// standard output is in no message.
  func output() async throws -> String {
    guard let program = words.first else {
      throw KeyturnError(.configuration, "\(key) is empty")
    }
    do {
      // A name is looked for in PATH; Subprocess takes no slash in it.
      let result = try await run(
        program.contains("/") ? .path(FilePath(program)) : .name(program),
        arguments: .init(Array(words.dropFirst())),
        output: .string(limit: 4_096), error: .string(limit: 4_096))
      guard result.terminationStatus == .exited(0) else {
        let words = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
        throw KeyturnError(
          .configuration,
          "\(title) \(program.shown()) failed (\(result.terminationStatus)): \(words.shown())",
          hints: ["run it by hand as the same user"])
      }
      return result.standardOutput
    } catch let error as KeyturnError {
      throw error
    } catch {
      throw KeyturnError(
        .configuration, "\(title) \(program.shown()) can't be run: \("\(error)".shown())",
        hints: ["give the program's whole path in \(key)"])
    }
  }
}
