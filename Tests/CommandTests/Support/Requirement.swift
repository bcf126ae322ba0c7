import Foundation
import Testing

/// Something of this machine's that a test runs against and the package can't bring along.
struct Requirement: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  let what: String
  let isMet: @Sendable () -> Bool

  /// A program on the path, or where Debian puts those of the administrator.
  static func program(_ name: String) -> Requirement {
    Requirement(what: "\(name) (make deps TESTS=1)") {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"])
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
  }

  /// The superuser, whom namespaces and file systems take.
  static let root = Requirement(what: "root") { geteuid() == 0 }

  /// A Python environment with Microsoft's own clients.
  static let microsoftClients = Requirement(
    what: "Microsoft's clients in $KEYTURN_PYTHON (make python)"
  ) {
    guard let folder = python else { return false }
    return FileManager.default.isExecutableFile(atPath: "\(folder)/bin/python3")
  }

  /// A package in that environment.
  static func pythonPackage(_ name: String) -> Requirement {
    Requirement(what: "\(name) in $KEYTURN_PYTHON (make python)") {
      guard let folder = python,
        let versions = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/lib")
      else { return false }
      return versions.contains {
        FileManager.default.fileExists(atPath: "\(folder)/lib/\($0)/site-packages/\(name)")
      }
    }
  }

  /// The folder of that environment.
  static var python: String? {
    let folder = ProcessInfo.processInfo.environment["KEYTURN_PYTHON"] ?? ""
    return folder.isEmpty ? nil : folder
  }

  /// Microsoft's own command line.
  static let azureCLI = Requirement(what: "az in $KEYTURN_AZURE (make python)") {
    azure.map { FileManager.default.isExecutableFile(atPath: $0) } ?? false
  }

  /// That command line's program.
  static var azure: String? {
    let folder = ProcessInfo.processInfo.environment["KEYTURN_AZURE"] ?? ""
    return folder.isEmpty ? nil : "\(folder)/bin/az"
  }

  /// Where nobody reads what was skipped, nothing is.
  static let isForced = ProcessInfo.processInfo.environment["CI"] == "true"

  /// Ends a test whose script said (77) that this machine can't do it: skipped, or failed in CI.
  static func isMissing(_ what: String) throws -> Never {
    if isForced { throw Missing(description: "this machine can't do it: \(what)") }
    try Test.cancel("this machine can't do it: \(what)")
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where something is missing, and says what; with `CI=true` it fails instead.
  static func needs(_ requirements: Requirement...) -> Self {
    .enabled("needs \(requirements.map(\.what).joined(separator: ", "))") {
      let missing = requirements.filter { !$0.isMet() }.map(\.what)
      guard !missing.isEmpty else { return true }
      guard Requirement.isForced else { return false }
      throw Requirement.Missing(
        description: "missing on this machine: \(missing.joined(separator: ", "))")
    }
  }
}
