import Foundation
import Keyturn

extension Settings {
  /// The longest configuration that is read, in bytes.
  static let longestFile = 32 << 20

  /// Finds the configuration.
  ///
  /// The first of these decides: `explicit` (`--config`), `$KEYTURN_CONFIG`,
  /// `$XDG_CONFIG_HOME/keyturn/keyturn.yaml` (by default in `~/.config`; not for root), and
  /// `/etc/keyturn/keyturn.yaml`. The first two are taken without a look whether they are there.
  ///
  /// Throws: ``KeyturnError`` with code `configuration`, which says where it was looked for.
  public static func locate(
    explicit: String?, environment: [String: String], isRoot: Bool = geteuid() == 0
  ) throws(KeyturnError) -> String {
    if let explicit = explicit ?? environment["KEYTURN_CONFIG"], !explicit.isEmpty {
      return explicit
    }
    let candidates = candidates(environment, isRoot: isRoot)
    if let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0) }) {
      return found
    }
    throw KeyturnError(
      .configuration,
      "there is no configuration at \(candidates.map { $0.shown() }.joined(separator: " or "))",
      hints: [
        "`keyturn init` writes one", "`--config FILE` or $KEYTURN_CONFIG names another place",
      ])
  }

  /// Reads a configuration file.
  ///
  /// Throws: ``KeyturnError`` with code `configuration` where the file can't be read, is longer than
  /// 32 MiB, may be written by others than its owner, or says something that makes no sense.
  public static func load(
    from file: String, environment: [String: String]
  ) throws(KeyturnError) -> Settings {
    try parse(contents(of: file), file: file, environment: environment)
  }

  private static func candidates(_ environment: [String: String], isRoot: Bool) -> [String] {
    let system = "/etc/keyturn/keyturn.yaml"
    guard !isRoot else { return [system] }
    // The XDG Base Directory Specification has a relative path ignored.
    let folders = [
      environment["XDG_CONFIG_HOME"], environment["HOME"].map { $0 + "/.config" },
    ]
    let own = folders.compactMap(\.self).first { $0.hasPrefix("/") }
    return (own.map { ["\($0)/keyturn/keyturn.yaml"] } ?? []) + [system]
  }

  private static func contents(of file: String) throws(KeyturnError) -> Data {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(file, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(file, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw KeyturnError(.configuration, "\(file.shown()) is not a regular file")
    }
    guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
      throw KeyturnError(
        .configuration,
        "\(file.shown()) may be written by others than its owner, who could send secrets elsewhere",
        hints: ["chmod go-w \(file.shown())"])
    }
    return try contents(of: descriptor, named: file)
  }

  private static func contents(
    of descriptor: Int32, named file: String
  ) throws(KeyturnError) -> Data {
    var contents = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 {
        return contents
      }
      if count > 0 {
        contents.append(contentsOf: buffer[..<count])
      } else if errno != EINTR {
        throw unreadable(file, errno)
      }
      guard contents.count <= longestFile else {
        throw KeyturnError(.configuration, "\(file.shown()) is longer than 32 MiB")
      }
    }
  }

  private static func unreadable(_ file: String, _ code: Int32) -> KeyturnError {
    let reason = String(cString: strerror(code)).lowercased()
    let hint =
      code == ENOENT
      ? "`keyturn init` writes a configuration"
      : "the file and its folders must be readable for the user that runs keyturn"
    return KeyturnError(
      .configuration, "can't read the configuration \(file.shown()): \(reason)", hints: [hint])
  }
}
