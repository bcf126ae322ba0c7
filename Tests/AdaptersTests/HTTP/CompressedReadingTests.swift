import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Adapters

/// Large answers over a real connection, compressed.
@Suite struct CompressedReadingTests {
  /// A text in a gzip member (RFC 1952) of stored blocks (RFC 1951 section 3.2.4).
  private static func gzip(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(65_535)
      rest = rest.dropFirst(block.count)
      let length = UInt16(block.count)
      member += [rest.isEmpty ? 1 : 0]
      member += [length, ~length].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
      member += block
    } while !rest.isEmpty
    for number in [crc(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
      member += (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
    return member
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in
        crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1
      }
    }
  }

  private static func head(_ length: Int, _ more: String = "") -> ScriptedServer.Step {
    .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(length)\r\n\(more)\r\n")
  }

  private func read(
    _ script: [ScriptedServer.Step], limit: Int = 1 << 24
  ) async throws -> String {
    try await ScriptedServer.run(script) { _, port in
      try await withLiveTransport { transport in
        var request = HTTPExchangeRequest.get(
          try .written("http://127.0.0.1:\(port)/"), headers: ["Accept-Encoding": "gzip"])
        request.keepsConnection = true
        var text = ""
        let response = try await transport.read(request, limit: limit) { part in
          text += String(buffer: part)
          return true
        }
        #expect(response.body.isEmpty)
        return text
      }
    }
  }

  @Test func `a compressed page arrives as it was`() async throws {
    let text = String(repeating: #"{"id":"f0b0b335-1d71"},"#, count: 20_000)
    let bytes = Self.gzip(text)
    let found = try await read([Self.head(bytes.count), .sendBytes(bytes)])
    #expect(found == text)
  }

  @Test func `a body that is cut off is an error, or lacks its end`() async throws {
    let text = String(repeating: #"{"id":"f0b0b335-1d71"},"#, count: 20_000)
    let bytes = Self.gzip(text)
    for count in [12, bytes.count / 2, bytes.count - 4] {
      // The length promises more than comes, or what comes is all that was promised.
      for promised in [bytes.count, count] {
        let script: [ScriptedServer.Step] = [
          Self.head(promised), .sendBytes(Array(bytes[..<count])), .close,
        ]
        do {
          let found = try await read(script)
          #expect(found.utf8.count <= text.utf8.count)
          // Only the checksum may be missing from what looks whole.
          #expect(count == bytes.count - 4 || found != text)
        } catch {
          #expect(error is TransportFailure)
        }
      }
    }
  }

  @Test func `a body that grows beyond the limit is not read on`() async throws {
    let bytes = Self.gzip(String(repeating: "x", count: 400_000))
    let failure = try await #require(throws: TransportFailure.self) {
      try await read([Self.head(bytes.count), .sendBytes(bytes)], limit: 100_000)
    }
    #expect(failure.reason == .bodyTooLarge(limit: 100_000))
  }

  @Test func `what is no gzip is an error`() async throws {
    await #expect(throws: TransportFailure.self) {
      try await read([Self.head(20), .send("this is not a gzip  ")])
    }
  }
}
