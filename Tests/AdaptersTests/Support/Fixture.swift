import Foundation
import NIOHTTP1
import Testing

@testable import Adapters

/// A recorded answer: `Fixtures/<System>/<call>.json` with its status, header fields and body.
struct Fixture: Sendable, CustomTestStringConvertible {
  /// What a fixture's body writes where a real server would repeat a secret, plain or encoded.
  static let secretPlace = "{secret}"
  static let encodedPlace = "{encoded}"

  let name: String
  let status: Int
  let headers: [String: String]
  private let text: String

  /// Reads `Fixtures/<system>/<name>.json`.
  init(_ system: String, _ name: String) throws {
    let file = Self.folder.appending(path: "\(system)/\(name).json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    let recorded = try #require(json as? [String: Any])
    let body = try #require(recorded["body"])
    self.name = name
    status = try #require(recorded["status"] as? Int)
    headers = try #require(recorded["headers"] as? [String: String])
    text =
      try body as? String
      ?? String(decoding: JSONSerialization.data(withJSONObject: body), as: UTF8.self)
  }

  /// A made-up answer.
  init(status: Int, headers: [String: String], body: String) {
    name = "generated"
    self.status = status
    self.headers = headers
    text = body
  }

  /// The names of all fixtures of a system.
  static func names(in system: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: system).path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  var testDescription: String { name }

  /// The answer, with `secret` in the places for it.
  func response(repeating secret: String = "") -> HTTPExchangeResponse {
    let body = text.replacingOccurrences(of: Self.secretPlace, with: secret)
      .replacingOccurrences(of: Self.encodedPlace, with: FormBody.encode(secret))
    return HTTPExchangeResponse(
      status: status, headers: HTTPHeaders(headers.map { ($0.key, $0.value) }),
      body: Data(body.utf8))
  }

  /// A transport that answers every request so.
  func transport(repeating secret: String = "") -> HTTPTransport {
    let response = response(repeating: secret)
    return HTTPTransport { _ in response }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")
}
