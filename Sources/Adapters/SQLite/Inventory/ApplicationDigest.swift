import Foundation
import Keyturn

extension ObservedApplication {
  /// Stands for everything that is kept of it; the order of its credentials does not matter.
  var digest: Int64 {
    var digest = Digest()
    digest.add(clientID)
    digest.add(displayName)
    for secret in secrets ?? [] {
      var own = Digest()
      own.add(secret.keyID)
      own.add(secret.displayName)
      own.add(secret.hint)
      own.add(secret.startsAt?.seconds)
      own.add(secret.expiresAt?.seconds)
      digest.mix(own)
    }
    for certificate in certificates ?? [] {
      var own = Digest()
      own.add(certificate.keyID)
      own.add(certificate.displayName)
      // What begins alike is a certificate, and no client secret.
      own.add("certificate")
      own.add(certificate.startsAt?.seconds)
      own.add(certificate.expiresAt?.seconds)
      digest.mix(own)
    }
    return Int64(bitPattern: digest.value)
  }
}

/// FNV-1a, and a sum over what has no order.
private struct Digest {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ text: String?) {
    guard var text else { return add(0xFF) }
    text.withUTF8 { for byte in $0 { add(byte) } }
    add(0xFE)
  }

  mutating func add(_ guid: GUID?) {
    add(word: guid?.high ?? 0)
    add(word: guid?.low ?? 0)
  }

  mutating func add(_ number: Int64?) {
    add(word: number.map { UInt64(bitPattern: $0) } ?? .max)
  }

  mutating func mix(_ other: Digest) {
    // A multiplication first, or two equal ones would cancel out in nothing but their number.
    value = value &+ (other.value ^ other.value >> 29) &* 0x9E37_79B9_7F4A_7C15
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  private mutating func add(word: UInt64) {
    value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
    value ^= value >> 32
  }
}
