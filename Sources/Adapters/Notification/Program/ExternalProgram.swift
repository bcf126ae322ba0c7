import Foundation
import Keyturn
import Subprocess
import Synchronization
import SystemPackage

/// A program that a message is given to on its standard input.
///
/// It runs in a process group of its own, which is ended as a whole after the time-out.
struct ExternalProgram: Sendable {
  /// Why it did not come to its own end.
  enum Failure: Error, Sendable, Equatable {
    /// There is no such program.
    case missing
    /// The system did not start it, in the system's words.
    case notStarted(String)
    /// It was still running after the time-out, or keyturn itself was ended.
    case stopped
  }

  /// How it ended.
  struct Ending: Sendable, Equatable {
    /// The exit status; nil where a signal ended it.
    var status: Int32?
    /// The beginning of what it printed, up to 4 KiB.
    var output: String
    var errors: String
  }

  /// When a program is given up, in seconds.
  static let patience: TimeInterval = 60
  private static let outputLimit = 4_096

  let path: String
  let arguments: [String]
  let environment: [String: String]
  let context: Context

  /// Where a program is: a whole path as it stands, or a name that is looked for in `PATH`.
  ///
  /// Returns: nil for any other path, which would mean another program in every folder.
  static func find(_ program: String, in environment: [String: String]) -> String? {
    let folders = (environment["PATH"] ?? defaultPath).split(separator: ":")
      .filter { $0.hasPrefix("/") }
    let places = program.hasPrefix("/") ? [program] : folders.map { "\($0)/\(program)" }
    guard program.hasPrefix("/") || !program.contains("/") else { return nil }
    return places.first { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }
  }

  static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Runs it, and waits until it has ended or the time-out is over.
  func run(input: Data) async throws(Failure) -> Ending {
    guard let output = ProgramOutput(limit: Self.outputLimit),
      let errors = ProgramOutput(limit: Self.outputLimit)
    else { throw .notStarted("no more files may be opened") }
    let result = await race(input: input, output.writeEnd, errors.writeEnd)
    let texts = (output.finish(), errors.finish())
    let status = try result.get()
    return Ending(status: status.number, output: texts.0, errors: texts.1)
  }

  private func race(
    input: Data, _ output: FileDescriptor, _ errors: FileDescriptor
  ) async -> Result<TerminationStatus, Failure> {
    let group = ProcessGroup()
    let result = await withTaskGroup(of: Result<TerminationStatus, Failure>.self) { tasks in
      tasks.addTask { await start(input: input, output, errors, group) }
      tasks.addTask {
        try? await context.sleep(Self.patience)
        return .failure(.stopped)
      }
      let first = await tasks.next()
      // Where it still runs, its group is asked to end, and killed two seconds later.
      tasks.cancelAll()
      return first ?? .failure(.stopped)
    }
    // What its own children have not heard ends here.
    if result == .failure(.stopped) { group.kill() }
    return result
  }

  private func start(
    input: Data, _ output: FileDescriptor, _ errors: FileDescriptor, _ group: ProcessGroup
  ) async -> Result<TerminationStatus, Failure> {
    guard let file = Self.file(holding: input) else {
      try? output.close()
      try? errors.close()
      return .failure(.notStarted("no temporary file for the message: \(lastSystemError())"))
    }
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(2))
    ]
    var variables: [Environment.Key: String] = [:]
    for (name, value) in environment {
      if let key = Environment.Key(rawValue: name) { variables[key] = value }
    }
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: Arguments(arguments), environment: .custom(variables),
        workingDirectory: "/", platformOptions: options,
        input: .fileDescriptor(file, closeAfterSpawningProcess: true),
        output: .fileDescriptor(output, closeAfterSpawningProcess: true),
        error: .fileDescriptor(errors, closeAfterSpawningProcess: true)
      ) { execution in
        group.set(execution.processIdentifier.value)
      }
      return .success(result.terminationStatus)
    } catch let error as SubprocessError {
      let isMissing = error.code == .executableNotFound
      return .failure(isMissing ? .missing : .notStarted("\(error)".shown(upTo: 200)))
    } catch {
      return .failure(.stopped)
    }
  }

  /// A file without a name that holds the input, at its beginning.
  ///
  /// Not a pipe: a program that ends without having read one would end this process too, where
  /// nobody has told the system to ignore that (swift-subprocess, issue 367). There is no secret in
  /// a message.
  private static func file(holding data: Data) -> FileDescriptor? {
    // The first folder may be read-only in a service that systemd has locked up.
    for folder in [FileManager.default.temporaryDirectory.path, "/dev/shm"] {
      var name = Array("\(folder)/keyturn-XXXXXX".utf8CString)
      let file = mkstemp(&name)
      guard file >= 0 else { continue }
      unlink(name)
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
      return filled(FileDescriptor(rawValue: file), with: data)
    }
    return nil
  }

  private static func filled(_ file: FileDescriptor, with data: Data) -> FileDescriptor? {
    do {
      try file.writeAll(data)
      _ = try file.seek(offset: 0, from: FileDescriptor.SeekOrigin.start)
      return file
    } catch {
      try? file.close()
      return nil
    }
  }
}

/// The processes that a program has started, by the id of the first of them.
private final class ProcessGroup: Sendable {
  private let id = Mutex<pid_t?>(nil)

  func set(_ id: pid_t) { self.id.withLock { $0 = id } }

  func kill() {
    guard let id = id.withLock({ $0 }), id > 1 else { return }
    Foundation.kill(-id, SIGKILL)
  }
}

extension TerminationStatus {
  /// The exit status; nil where a signal ended the process.
  fileprivate var number: Int32? {
    if case .exited(let status) = self { Int32(status) } else { nil }
  }
}

extension [String: String] {
  /// The few variables that a program is given: of the others some are secrets.
  func passedOn(_ names: String...) -> [String: String] {
    var passed = filter { names.contains($0.key) }
    passed["PATH"] = passed["PATH"] ?? ExternalProgram.defaultPath
    return passed
  }
}
