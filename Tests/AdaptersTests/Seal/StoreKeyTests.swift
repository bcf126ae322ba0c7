import Crypto
import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

/// 32 bytes in base64, which no message and no description shows.
@Suite struct StoreKeyTests {
  private static let text = "UmVjb2duaXNhYmxlIGtleSBvZiAzMiBieXRlcyEhISE="

  private static func bytes(_ key: StoreKey) -> Data {
    key.material.withUnsafeBytes { Data($0) }
  }

  @Test(arguments: ["", "\n", "\r\n", "  \t\n\n"])
  func `blanks and line ends around it do not matter`(end: String) throws {
    let key = try StoreKey(text: end + Self.text + end, origin: "here")
    #expect(Self.bytes(key) == Data("Recognisable key of 32 bytes!!!!".utf8))
  }

  @Test(
    arguments: [
      "", " ", "\n", "not base64 at all", "====", String(repeating: "A", count: 10_000),
      Data(repeating: 1, count: 31).base64EncodedString(),
      Data(repeating: 1, count: 33).base64EncodedString(),
      Data(repeating: 1, count: 64).base64EncodedString(),
      String(text.dropLast()), text + "\n" + text, "{\(text)}",
      text.replacing("=", with: ""), "UmVjb2du aXNhYmxlIGtleSBvZiAzMiBieXRlcyEhISE=",
      "UmVjb2du\u{0}aXNhYmxlIGtleSBvZiAzMiBieXRlcyEhISE=",
    ])
  func `anything else is no key, and is not quoted`(wrong: String) throws {
    let error = #expect(throws: KeyturnError.self) {
      try StoreKey(text: wrong, origin: "/etc/keyturn/store.key")
    }
    #expect(error?.code == .configuration)
    #expect(
      error?.message == "/etc/keyturn/store.key does not hold a store key (32 bytes in base64)")
    #expect(error?.hints.count == 1)
    #expect(error?.hints.first?.contains("restore the key from its backup") == true)
  }

  @Test func `a new key can be read, and is another one each time`() throws {
    let keys = try (0..<100).map { _ in
      Self.bytes(try StoreKey(text: StoreKey.generate(.live), origin: "here"))
    }
    #expect(Set(keys).count == 100)
    let world = TestWorld()
    #expect(StoreKey.generate(world.context) != StoreKey.generate(world.context))
    #expect(StoreKey.generate(world.context).hasSuffix("=\n"))
  }

  @Test func `nothing that prints a key shows its bytes`() throws {
    let key = try StoreKey(text: Self.text, origin: "here")
    let seal = Seal(key, storeID: "store")
    var dumped = ""
    dump(key, to: &dumped)
    dump(seal, to: &dumped)
    dump(AuditTrail(seal), to: &dumped)
    let bytes = Self.bytes(key)
    let subkey = seal.subkey(.record).withUnsafeBytes { Data($0) }
    for text in ["\(key)", String(reflecting: key), "\(seal)", String(reflecting: seal), dumped] {
      #expect(!text.isEmpty)
      for secret in [bytes, subkey] {
        #expect(!text.contains(secret.base64EncodedString().prefix(12)))
        #expect(!text.lowercased().contains(secret.hexadecimal.prefix(12)))
        #expect(!text.contains(secret.prefix(4).map(String.init).joined(separator: ", ")))
      }
      #expect(!text.contains("Recogn"))
    }
  }
}
