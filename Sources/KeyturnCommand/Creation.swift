import Adapters
import Foundation
import Keyturn

/// Makes a new installation, part by part; what exists is checked and kept.
struct Creation {
  /// One file of an installation.
  struct Part {
    var what: String
    var place: String
    var isNew: Bool
  }

  let world: World
  let options: GlobalOptions

  /// Makes the configuration `file`, the store key and the database it names, and opens them.
  ///
  /// Throws: ``KeyturnError`` where a file can't be made, or what exists does not fit together.
  func run(at file: String, paths: StandardPaths) async throws -> [Part] {
    let isNew = !Self.exists(file)
    if isNew {
      try NewFile.write(
        ConfigurationTemplate.text(database: paths.database, keyFile: paths.key), to: file,
        mode: 0o640)
    }
    var options = options
    options.config = file
    let settings = try Installation.settings(options, in: world)
    let (key, keyPart) = try await key(settings)
    let database = settings.database
    let hasDatabase = Self.exists(database)
    if hasDatabase {
      _ = try Database.open(at: database, key: key)
    } else {
      _ = try Database.create(at: database, key: key, context: world.context)
    }
    return [
      Part(what: "configuration", place: file, isNew: isNew), keyPart,
      Part(what: "database", place: database, isNew: !hasDatabase),
    ]
  }

  private func key(_ settings: Settings) async throws -> (StoreKey, Part) {
    let source = KeySource(settings.keySource)
    guard case .file(let path) = source, !Self.exists(path) else {
      return (
        try await source.load(), Part(what: "store key", place: source.description, isNew: false)
      )
    }
    // A new key beside an old database would lock everything out, and look like the cause of it.
    guard !Self.exists(settings.database) else {
      throw KeyturnError(
        .configuration, "the store key \(path) is missing, but its database exists",
        hints: ["restore the key from its backup; without it the stored values are lost"])
    }
    let text = StoreKey.generate(world.context)
    try NewFile.write(text, to: path, mode: 0o600)
    return (
      try StoreKey(text: text, origin: path), Part(what: "store key", place: path, isNew: true)
    )
  }

  private static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }
}

/// Where things lie if nobody says otherwise: system-wide for root, else in the user's folders.
struct StandardPaths {
  let configuration: String
  let database: String
  let key: String
  let user: String

  /// The places for the user who runs the command.
  init(_ world: World) {
    let home = world.environment["HOME"] ?? "/"
    let config = world.environment["XDG_CONFIG_HOME"] ?? "\(home)/.config"
    let state = world.environment["XDG_STATE_HOME"] ?? "\(home)/.local/state"
    let folder = world.isRoot ? "/etc/keyturn" : "\(config)/keyturn"
    configuration = "\(folder)/keyturn.yaml"
    key = "\(folder)/store.key"
    database = world.isRoot ? "/var/lib/keyturn/keyturn.db" : "\(state)/keyturn/keyturn.db"
    user = world.isRoot ? "root" : world.environment["USER"] ?? "root"
  }
}

/// A file that did not exist before: complete on the disk, or not there.
private enum NewFile {
  static func write(_ text: String, to path: String, mode: mode_t) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
    } catch {
      throw failure(folder)
    }
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard file >= 0 else { throw failure(path) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard Foundation.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
      let error = failure(path)
      unlink(path)
      throw error
    }
  }

  private static func failure(_ path: String) -> KeyturnError {
    KeyturnError(
      .cannotCreate, "\(path) can't be made: \(String(cString: strerror(errno)))",
      hints: ["run keyturn init as root, or name another place with --config"])
  }
}
