import Foundation
import Keyturn
import TestSupport
import Testing

@testable import Adapters

@Suite struct AADSTSTableTests {
  private static let secret = SecretValue("Xy8~Q+recognisable/=&%Z")

  @Test func `every code has an explanation and words of its own`() {
    let entries = AADSTSTable.entries
    #expect(Set(entries.values.map(\.explanation)).count == entries.count)
    for (code, entry) in entries {
      #expect(!entry.explanation.isEmpty && !entry.remedy.isEmpty, "AADSTS\(code)")
      #expect(!entry.explanation.hasSuffix(".") && !entry.remedy.hasSuffix("."), "AADSTS\(code)")
    }
  }

  @Test(arguments: AADSTSTable.entries.keys.sorted())
  func `a refusal keeps code and ids, and says what to do`(code: Int) async throws {
    let entry = try #require(AADSTSTable.entries[code])
    let failure = try await failure(code: code, status: 400)
    #expect(failure.verdict == entry.verdict)
    #expect(failure.message.hasPrefix("AADSTS\(code): "))
    #expect(
      failure.message.hasSuffix(
        "(trace 18ca6aad-314e-4069-9bb3-ddf8cd312100, correlation"
          + " 5cdbfdc4-bb99-48ca-b411-f53541f6ed62, 2026-11-22 02:10:02Z)"))
    for text in [failure.message, failure.remedy] {
      #expect(!text.contains("{") && !text.contains("}"), "a place was not filled: \(text)")
    }
  }

  @Test(arguments: [
    (CallFailure.Verdict.wrongOrNotReplicated, [7_000_215]),
    (.expired, [7_000_222]),
    (.refused, [7_000_216]),
    (
      .blocked,
      [
        7_000_218, 700_016, 7_000_229, 90_002, 900_023, 90_038, 900_382, 7_000_112, 70_001,
        500_011, 1_002_012, 70_011, 700_022, 700_027, 70_021, 53_003, 530_032, 50_034, 50_126,
        65_001, 9_001_023, 50_059, 50_194, 70_003, 900_144, 900_561, 500_021,
      ]
    ),
    (.transient(retryAfter: nil), [90_033, 90_024, 50_033, 90_006, 90_012, 90_090]),
    (.transient(retryAfter: 60), [90_055]),
    (.transient(retryAfter: 300), [50_196]),
  ])
  func `each code has the verdict that it was given`(
    verdict: CallFailure.Verdict, codes: [Int]
  ) async throws {
    for code in codes {
      #expect(try await failure(code: code, status: 400).verdict == verdict, "AADSTS\(code)")
    }
  }

  @Test(arguments: AADSTSTable.entries.keys.sorted())
  func `an overloaded service is not believed about a secret`(code: Int) async throws {
    for status in [429, 500, 503] {
      let verdict = try await failure(code: code, status: status).verdict
      guard case .transient = verdict else {
        Issue.record("AADSTS\(code) in \(status) became \(verdict)")
        continue
      }
    }
  }

  @Test(arguments: ["invalid_request", "unauthorized_client", "invalid_grant", "", "x_new"])
  func `an unknown code is about the secret only as invalid_client`(error: String) async throws {
    let other = try await failure(code: 7_654_321, status: 401, error: error)
    #expect(other.verdict == .blocked)
    #expect(other.remedy == "see https://login.microsoftonline.com/error?code=7654321")
    let client = try await failure(code: 7_654_321, status: 401, error: "invalid_client")
    #expect(client.verdict == .refused)
  }

  /// What becomes of an answer with one code.
  private func failure(
    code: Int, status: Int, error: String = "invalid_client"
  ) async throws -> CallFailure {
    let ids =
      "Trace ID: 18ca6aad-314e-4069-9bb3-ddf8cd312100 Correlation ID:"
      + " 5cdbfdc4-bb99-48ca-b411-f53541f6ed62 Timestamp: 2026-11-22 02:10:02Z"
    let body: [String: Any] = [
      "error": error, "error_codes": [code],
      "error_description": "AADSTS\(code): Some words. \(ids)",
    ]
    let text = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
    let fixture = Fixture(status: status, headers: [:], body: text)
    let client = TokenEndpointClient(transport: fixture.transport(), context: TestWorld().context)
    let outcome = await client.requestToken(for: try .entra(), secret: Self.secret)
    return try #require(outcome.failure)
  }
}
