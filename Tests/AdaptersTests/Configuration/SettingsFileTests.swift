import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct SettingsFileTests {
  private static let text = "tenants: {}\nconnections: {}\n"

  @Test func `a file that its owner alone may write is loaded`() throws {
    try withFile { file in
      let settings = try Settings.load(from: file, environment: [:])
      #expect(settings.file == file)
    }
  }

  @Test(arguments: [0o620, 0o602, 0o666])
  func `a file that others may write is refused`(permissions: Int) throws {
    try withFile { file in
      try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: file)
      let error = #expect(throws: KeyturnError.self) {
        try Settings.load(from: file, environment: [:])
      }
      #expect(error?.code == .configuration)
      #expect(error?.message.hasPrefix("\(file) may be written by others") == true)
      #expect(error?.hints == ["chmod go-w \(file)"])
    }
  }

  @Test func `a file that is not there is told`() {
    let error = #expect(throws: KeyturnError.self) {
      try Settings.load(from: "/nowhere/k.yaml", environment: [:])
    }
    #expect(error?.code == .configuration)
    #expect(
      error?.message == "can't read the configuration /nowhere/k.yaml: no such file or directory")
    #expect(error?.hints == ["`keyturn init` writes a configuration"])
  }

  @Test func `a folder and a named pipe are no configuration`() throws {
    try withFile { file in
      let pipe = file + ".pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      let folder = (file as NSString).deletingLastPathComponent
      for path in [pipe, folder] {
        let error = #expect(throws: KeyturnError.self) {
          try Settings.load(from: path, environment: [:])
        }
        #expect(error == KeyturnError(.configuration, "\(path) is not a regular file"))
      }
    }
  }

  @Test func `a file longer than 32 MiB is refused`() throws {
    try withFile { file in
      let handle = try FileHandle(forWritingTo: URL(filePath: file))
      try handle.truncate(atOffset: UInt64(Settings.longestFile) + 1)
      try handle.close()
      let error = #expect(throws: KeyturnError.self) {
        try Settings.load(from: file, environment: [:])
      }
      #expect(error == KeyturnError(.configuration, "\(file) is longer than 32 MiB"))
    }
  }

  @Test func `the option decides before the environment, and both without a look`() throws {
    let environment = ["KEYTURN_CONFIG": "/b", "XDG_CONFIG_HOME": "/c"]
    #expect(try Settings.locate(explicit: "/a", environment: environment) == "/a")
    #expect(try Settings.locate(explicit: nil, environment: environment) == "/b")
  }

  @Test func `the user's own file decides before the system's`() throws {
    try withFolder { folder in
      let own = folder + "/keyturn/keyturn.yaml"
      let home = folder + "/home/.config/keyturn/keyturn.yaml"
      for file in [own, home] {
        try FileManager.default.createDirectory(
          atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(Self.text.utf8).write(to: URL(filePath: file))
      }
      func located(_ environment: [String: String]) throws -> String {
        try Settings.locate(explicit: nil, environment: environment, isRoot: false)
      }
      #expect(try located(["XDG_CONFIG_HOME": folder, "HOME": folder + "/home"]) == own)
      #expect(try located(["HOME": folder + "/home"]) == home)
      #expect(try located(["XDG_CONFIG_HOME": "relative", "HOME": folder + "/home"]) == home)
    }
  }

  @Test(.enabled(if: !FileManager.default.fileExists(atPath: "/etc/keyturn/keyturn.yaml")))
  func `where nothing is found, the places are named`() {
    let environment = ["XDG_CONFIG_HOME": "/nowhere", "KEYTURN_CONFIG": ""]
    let error = #expect(throws: KeyturnError.self) {
      try Settings.locate(explicit: nil, environment: environment, isRoot: false)
    }
    #expect(error?.code == .configuration)
    #expect(
      error?.message
        == "there is no configuration at /nowhere/keyturn/keyturn.yaml or /etc/keyturn/keyturn.yaml"
    )
    #expect(error?.hints.first == "`keyturn init` writes one")
    let root = #expect(throws: KeyturnError.self) {
      try Settings.locate(explicit: nil, environment: environment, isRoot: true)
    }
    #expect(root?.message == "there is no configuration at /etc/keyturn/keyturn.yaml")
  }

  private func withFile(_ body: (String) throws -> Void) throws {
    try withFolder { folder in
      let file = folder + "/keyturn.yaml"
      try Data(Self.text.utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
      try body(file)
    }
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path())
  }
}
