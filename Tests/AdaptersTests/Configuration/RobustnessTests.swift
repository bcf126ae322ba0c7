import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct RobustnessTests {
  @Test func `ten thousand connections are loaded, and each is found`() throws {
    var text = "tenants:\n  contoso: { id: contoso.onmicrosoft.com }\nconnections:\n"
    for number in 0..<10_000 {
      text += """
          crm-\(number):
            tenant: contoso
            client_id: 00001111-aaaa-2222-bbbb-\(String(100_000_000_000 + number))
            environment: https://org\(number).crm.dynamics.com

        """
    }
    let settings = try ConfigurationText.settings(text)
    #expect(settings.connections.count == 10_000)
    let last = try settings.connection(named: "crm-9999")
    #expect(last.scope == "https://org9999.crm.dynamics.com/.default")
    #expect(throws: KeyturnError.self) { try settings.connection(named: "crm-10000") }
  }

  @Test func `every beginning of a file gives settings or complaints`() throws {
    let bytes = try ConfigurationText.fixture("reference.yaml")
    for length in 0...bytes.count {
      try judge(bytes.prefix(length))
    }
  }

  @Test func `two thousand damaged files give settings or complaints`() throws {
    let bytes = try ConfigurationText.fixture("reference.yaml")
    var random = Sequence(state: 0x6b65_7974_7572_6e21)
    let tricky = [UInt8]("\n\t \"'#&*!%@`[]{},:?-|>~<\\\0\r".utf8) + [0x80, 0xC2, 0xE2, 0xFF]
    for _ in 0..<2_000 {
      var damaged = bytes
      for _ in 0...random.next(below: 3) {
        let position = damaged.startIndex + random.next(below: damaged.count)
        let byte =
          random.next(below: 2) == 0
          ? tricky[random.next(below: tricky.count)] : UInt8(random.next(below: 256))
        switch random.next(below: 4) {
        case 0: damaged.insert(byte, at: position)
        case 1: damaged.remove(at: position)
        case 2:
          let end = min(damaged.endIndex, position + random.next(below: 40))
          damaged.append(contentsOf: Array(damaged[position..<end]))
        default: damaged[position] = byte
        }
      }
      try judge(damaged)
    }
  }

  /// Anything but a ``KeyturnError`` about the configuration ends the test.
  private func judge(_ bytes: Data) throws {
    do throws(KeyturnError) {
      _ = try Settings.parse(Data(bytes), file: "k.yaml")
    } catch {
      #expect(error.code == .configuration)
      #expect(error.message.hasPrefix("k.yaml:"))
      #expect(error.hints.count <= Complaints.shown)
      #expect(error.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
    }
  }
}

/// Numbers that look random and are the same every time (Marsaglia's xorshift).
private struct Sequence {
  var state: UInt64

  mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % bound
  }
}
