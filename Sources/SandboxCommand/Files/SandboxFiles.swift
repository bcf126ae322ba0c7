import Foundation

/// A folder of the sandbox; what it writes there nobody else can read.
struct SandboxFiles: Sendable {
  private let folder: URL

  init(_ path: String) {
    folder = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
  }

  /// Makes the folder, 0700, unless it is there.
  func create() throws {
    guard !FileManager.default.fileExists(atPath: folder.path) else { return }
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// The absolute path of a file.
  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The text of a file, or `nil` where there is none.
  func read(_ name: String) throws -> String? {
    guard FileManager.default.fileExists(atPath: path(name)) else { return nil }
    return try String(contentsOfFile: path(name), encoding: .utf8)
  }

  /// Writes a file, 0600.
  func write(_ text: String, to name: String) throws {
    // A file that is there would keep its own permissions.
    if FileManager.default.fileExists(atPath: path(name)) {
      try FileManager.default.removeItem(atPath: path(name))
    }
    let isWritten = FileManager.default.createFile(
      atPath: path(name), contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    guard isWritten else { throw CocoaError(.fileWriteUnknown, userInfo: ["path": path(name)]) }
  }
}
