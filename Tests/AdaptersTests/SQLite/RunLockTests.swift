import Foundation
import Keyturn
import Testing

@testable import Adapters

/// One run at a time, and a lock that never outlives its holder.
@Suite struct RunLockTests {
  @Test func `the second one is told to try again`() throws {
    let store = try StoreFolder()
    let first = try RunLock(besideDatabase: store.path)
    for _ in 0..<3 {
      let error = #expect(throws: KeyturnError.self) { try RunLock(besideDatabase: store.path) }
      #expect(error?.code == .tryAgain)
      #expect(error?.message == "another check or rotation is at work on \(store.path)")
      #expect(error?.hints.first?.contains("fuser -v \(store.path).lock") == true)
    }
    withExtendedLifetime(first) {}
  }

  @Test func `it ends with its holder, and the file that is left locks nobody out`() throws {
    let store = try StoreFolder()
    for _ in 0..<3 {
      let lock = try RunLock(besideDatabase: store.path)
      #expect(throws: KeyturnError.self) { try RunLock(besideDatabase: store.path) }
      withExtendedLifetime(lock) {}
    }
    #expect(store.mode("keyturn.db.lock") == 0o600)
    _ = try RunLock(besideDatabase: store.path)
  }

  @Test func `databases do not lock one another`() throws {
    let store = try StoreFolder()
    let one = try RunLock(besideDatabase: store.path)
    let other = try RunLock(besideDatabase: store.path + "2")
    withExtendedLifetime((one, other)) {}
    #expect(try store.files().count == 2)
  }

  @Test func `a link in its place is not followed`() throws {
    let store = try StoreFolder()
    let target = store.folder.appending(path: "elsewhere").path
    try FileManager.default.createSymbolicLink(
      atPath: store.path + ".lock", withDestinationPath: target)
    let error = #expect(throws: KeyturnError.self) { try RunLock(besideDatabase: store.path) }
    #expect(error?.code == .notPermitted)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  /// What a child holds between its fork and its program: another descriptor of the same open file.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
  func `a child that is being started does not keep it`() throws {
    let store = try StoreFolder()
    var lock: RunLock? = try RunLock(besideDatabase: store.path)
    let target = URL(filePath: store.path + ".lock").resolvingSymlinksInPath().path
    let file = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").first {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == target
    }
    let inherited = dup(try #require(file.flatMap { Int32($0) }))
    defer { close(inherited) }
    #expect(inherited >= 0 && lock != nil)
    lock = nil
    _ = try RunLock(besideDatabase: store.path)
  }

  @Test func `without its folder there is no lock`() throws {
    let store = try StoreFolder()
    let error = #expect(throws: KeyturnError.self) {
      try RunLock(besideDatabase: store.folder.appending(path: "none/keyturn.db").path)
    }
    #expect(error?.code == .notPermitted)
    #expect(error?.message.hasSuffix("No such file or directory") == true)
  }

  /// In a process of its own, because a failure closes files of whatever runs beside it.
  @Test func `being refused closes no file of anybody else`() async {
    await #expect(processExitsWith: .success) {
      let store = try StoreFolder()
      let lock = try RunLock(besideDatabase: store.path)
      let path = store.path
      let refused = Thread {
        while true { _ = try? RunLock(besideDatabase: path) }
      }
      refused.start()
      for _ in 0..<100_000 {
        let file = Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard close(file) == 0 else { exit(1) }
      }
      withExtendedLifetime((store, lock)) {}
    }
  }
}
