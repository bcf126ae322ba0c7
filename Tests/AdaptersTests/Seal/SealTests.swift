import Crypto
import Foundation
import Testing

@testable import Adapters

/// A sealed document opens with its key, in its store, for its purpose and in its place, or not.
@Suite struct SealTests {
  private static let document = Data("the document".utf8)
  private static let store = "0123456789abcdef0123456789abcdef"

  private static func seal(first byte: UInt8 = 0, store: String = store) -> Seal {
    let bytes = [byte] + Array(1..<32)
    return Seal(StoreKey(material: .init(data: bytes)), storeID: store)
  }

  @Test func `what was sealed opens in its place, and nowhere else`() throws {
    let seal = Self.seal()
    let sealed = try seal.close(Self.document, for: .record, context: "a\n1")
    #expect(seal.open(sealed, for: .record, context: "a\n1") == Self.document)
    #expect(seal.open(sealed, for: .record, context: "a\n2") == nil)
    #expect(seal.open(sealed, for: .record, context: "a\n11") == nil)
    #expect(seal.open(sealed, for: .record, context: "") == nil)
    #expect(seal.open(sealed, for: .check, context: "a\n1") == nil)
    #expect(seal.open(sealed, for: .audit, context: "a\n1") == nil)
    #expect(Self.seal(first: 1).open(sealed, for: .record, context: "a\n1") == nil)
    let neighbour = Self.seal(store: String(Self.store.reversed()))
    #expect(neighbour.open(sealed, for: .record, context: "a\n1") == nil)
  }

  @Test func `every bit counts`() throws {
    let seal = Self.seal()
    let sealed = try seal.close(Self.document, for: .record, context: "place")
    for position in sealed.indices {
      for bit in 0..<8 {
        var changed = sealed
        changed[position] ^= 1 << bit
        #expect(seal.open(changed, for: .record, context: "place") == nil)
      }
      #expect(seal.open(sealed.prefix(position), for: .record, context: "place") == nil)
    }
    #expect(seal.open(sealed + [0], for: .record, context: "place") == nil)
  }

  @Test func `the same document is never sealed the same way twice`() throws {
    let seal = Self.seal()
    let sealed = try (0..<1_000).map { _ in
      try seal.close(Self.document, for: .record, context: "place")
    }
    #expect(Set(sealed).count == 1_000)
    #expect(Set(sealed.map { $0.prefix(12) }).count == 1_000)
    // 12 bytes of nonce in front, 16 of tag behind; the tables count on it.
    let lengths = Set(sealed.map(\.count))
    #expect(lengths == [12 + Self.document.count + 16])
  }

  @Test func `an empty document is sealed too`() throws {
    let seal = Self.seal()
    let sealed = try seal.close(Data(), for: .check, context: "")
    #expect(sealed.count == 28)
    #expect(seal.open(sealed, for: .check, context: "") == Data())
  }

  @Test func `each purpose, key and store has a subkey of its own`() {
    let seals = [Self.seal(), Self.seal(first: 1), Self.seal(store: "another")]
    let subkeys = seals.flatMap { seal in
      [Seal.Purpose.record, .check, .audit].map { purpose in
        seal.subkey(purpose).withUnsafeBytes { Data($0) }
      }
    }
    #expect(Set(subkeys).count == 9)
    #expect(subkeys.map(\.count) == Array(repeating: 32, count: 9))
  }

  /// The bytes were sealed with Python's cryptography module, not with this code: databases that
  /// exist must go on to open.
  @Test func `the format stays what it is`() throws {
    let sealed = try #require(
      Data(hexadecimal: "000102030405060708090a0ba0b55c34a9f1d67b53918333a2ecc55976b9e2ea66150c"))
    let opened = Self.seal().open(sealed, for: .record, context: "place 1")
    #expect(opened == Data(#"{"a":1}"#.utf8))
  }
}

extension Data {
  fileprivate init?(hexadecimal text: String) {
    let digits = Array(text)
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    guard bytes.count * 2 == digits.count else { return nil }
    self.init(bytes)
  }
}
