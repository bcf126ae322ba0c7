import Crypto
import Foundation
import Keyturn
import Testing

@testable import Adapters

/// Where the key comes from, and every way in which it does not come.
@Suite struct KeySourceTests {
  private static let text = "UmVjb2duaXNhYmxlIGtleSBvZiAzMiBieXRlcyEhISE="

  /// A folder with a file `store.key` in it.
  private static func folder(_ content: String? = text + "\n", mode: mode_t = 0o600) throws
    -> (StoreFolder, String)
  {
    let store = try StoreFolder()
    let path = store.folder.appending(path: "store.key").path
    if let content {
      try Data(content.utf8).write(to: URL(filePath: path))
      chmod(path, mode)
    }
    return (store, path)
  }

  private static func expectKey(
    _ source: KeySource, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let key = try await source.load()
    let bytes = key.material.withUnsafeBytes { Data($0) }
    #expect(
      bytes == Data("Recognisable key of 32 bytes!!!!".utf8), sourceLocation: sourceLocation)
  }

  private static func error(
    of source: KeySource, sourceLocation: SourceLocation = #_sourceLocation
  ) async -> KeyturnError? {
    let error = await #expect(throws: KeyturnError.self, sourceLocation: sourceLocation) {
      try await source.load()
    }
    #expect(error?.code == .configuration, sourceLocation: sourceLocation)
    #expect(
      "\(String(describing: error))".contains("Recogn") == false, sourceLocation: sourceLocation)
    #expect(
      "\(String(describing: error))".contains("UmVjb2du") == false, sourceLocation: sourceLocation)
    return error
  }

  // MARK: - Files

  @Test(arguments: [0o600, 0o400, 0o700] as [mode_t])
  func `a file that its owner alone may read`(mode: mode_t) async throws {
    let (store, path) = try Self.folder(mode: mode)
    try await Self.expectKey(.file(path))
    withExtendedLifetime(store) {}
  }

  @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666] as [mode_t])
  func `a file that others may open is refused`(mode: mode_t) async throws {
    let (store, path) = try Self.folder(mode: mode)
    let error = await Self.error(of: .file(path))
    #expect(error?.message == "the store key \(path) may be read by others")
    #expect(error?.hints.first == "chmod 600 \(path)")
    withExtendedLifetime(store) {}
  }

  @Test func `a missing file`() async throws {
    let (store, path) = try Self.folder(nil)
    for source in [KeySource.file(path), .credential(path)] {
      let error = await Self.error(of: source)
      #expect(
        error?.message == "the store key \(path) can't be read: No such file or directory")
      #expect(error?.hints.first?.contains("restore it from its backup") == true)
    }
    withExtendedLifetime(store) {}
  }

  @Test func `an empty file`() async throws {
    let (store, path) = try Self.folder("")
    #expect(await Self.error(of: .file(path))?.message == "the store key \(path) is empty")
    withExtendedLifetime(store) {}
  }

  @Test(
    arguments: [
      "\n", "garbage", String(text.dropFirst(4)), text + text, "\u{FEFF}" + text,
    ])
  func `a file with something else in it`(content: String) async throws {
    let (store, path) = try Self.folder(content)
    let error = await Self.error(of: .file(path))
    #expect(error?.message == "\(path) does not hold a store key (32 bytes in base64)")
    withExtendedLifetime(store) {}
  }

  @Test func `bytes that are no text`() async throws {
    let (store, path) = try Self.folder("")
    try Data(repeating: 0xFF, count: 44).write(to: URL(filePath: path))
    let error = await Self.error(of: .file(path))
    #expect(error?.message == "\(path) does not hold a store key (32 bytes in base64)")
    withExtendedLifetime(store) {}
  }

  @Test(.timeLimit(.minutes(10)))
  func `a folder, a pipe and a device are no files, and nobody waits for them`() async throws {
    let (store, path) = try Self.folder(nil)
    mkfifo(path, 0o600)
    for place in [path, store.folder.path, "/dev/zero"] {
      for source in [KeySource.file(place), .credential(place)] {
        let error = await Self.error(of: source)
        #expect(error?.message == "the store key \(place) is not a file")
      }
    }
  }

  @Test func `a credential may be read by its group, as systemd hands it over`() async throws {
    let (store, path) = try Self.folder(mode: 0o440)
    try await Self.expectKey(.credential(path))
    withExtendedLifetime(store) {}
  }

  @Test func `a credential that holds no key is called one`() async throws {
    let (store, path) = try Self.folder("nothing", mode: 0o440)
    let error = await Self.error(of: .credential(path))
    #expect(error?.message.hasPrefix("the credential \(path) does not hold a store key") == true)
    withExtendedLifetime(store) {}
  }

  // MARK: - Programs

  private static func shell(_ script: String, _ words: String...) -> KeySource {
    .command(["/bin/sh", "-c", script, "key"] + words)
  }

  @Test func `a program's output`() async throws {
    try await Self.expectKey(Self.shell("echo \(Self.text)"))
    // The arguments arrive as they are, without a shell of ours in between.
    try await Self.expectKey(Self.shell(#"printf '%s\n' "$1" | tr -d ' ;$'"#, "; \(Self.text) $"))
    // What it says on standard error is its own business where it succeeds.
    try await Self.expectKey(Self.shell("echo talking >&2; echo \(Self.text)"))
  }

  @Test func `a program that fails, with its reason made safe to show`() async throws {
    let error = await Self.error(
      of: Self.shell(#"echo \#(Self.text); printf '\033[31mno\nkey\007 today\n' >&2; exit 3"#))
    #expect(
      error?.message == "the key command /bin/sh failed (exited(3)):"
        + #" \u{1b}[31mno\u{a}key\u{7} today"#)
    #expect(error?.hints == ["run it by hand as the same user"])
  }

  @Test func `a program that is killed`() async throws {
    let error = await Self.error(of: Self.shell("kill -9 $$"))
    #expect(error?.message.hasPrefix("the key command /bin/sh failed (signaled(9))") == true)
  }

  @Test func `a program that complains at length is cut short`() async throws {
    let error = await Self.error(of: Self.shell("yes no | head -c 3000 >&2; exit 1"))
    #expect((error?.message.utf8.count ?? 0) > 100)
    #expect((error?.message.utf8.count ?? .max) < 5_000)
  }

  @Test(.timeLimit(.minutes(10)))
  func `a program that does not stop talking`() async throws {
    let script = "while :; do echo \(Self.text); done"
    let error = await Self.error(of: Self.shell(script))
    #expect(error?.message.hasPrefix("the key command /bin/sh") == true)
    let other = await Self.error(of: Self.shell("while :; do echo \(Self.text) >&2; done"))
    #expect(other?.message.hasPrefix("the key command /bin/sh") == true)
  }

  @Test(.timeLimit(.minutes(10)))
  func `a program that asks is not answered`() async throws {
    let error = await Self.error(of: Self.shell("cat; echo asked"))
    #expect(error?.message.hasPrefix("the key command /bin/sh does not hold a store key") == true)
  }

  @Test(arguments: [["/nowhere/fetch key", "a"], ["keyturn-has-no-such-program"]])
  func `a program that is not there`(words: [String]) async throws {
    let error = await Self.error(of: .command(words))
    #expect(error?.message.hasPrefix("the key command \(words[0]) can't be run: ") == true)
    #expect(error?.hints == ["give the program's whole path in key_command"])
  }

  @Test func `no program at all`() async throws {
    #expect(await Self.error(of: .command([]))?.message == "key_command is empty")
  }

  @Test func `what each source is called`() {
    #expect(KeySource.file("/k").description == "/k")
    #expect(KeySource.credential("/k").description == "the credential /k")
    // An argument may hold a password for a vault; the program's name has none.
    #expect(
      KeySource.command(["/opt/a\u{1b}b", "--token", "t"]).description
        == #"the key command /opt/a\u{1b}b"#)
  }
}
