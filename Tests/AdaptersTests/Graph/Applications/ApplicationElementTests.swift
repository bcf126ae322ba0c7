import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct ApplicationElementTests {
  private static let id = "F0B0B335-1D71-4883-8F98-567911BFDCA6"

  @Test func `an application is read as Graph writes it`() throws {
    let element = try Self.read(
      """
      {"id":"\(Self.id)","appId":"46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b","displayName":"Büro \\u0026 Co",
      "tags":[{"a":[1,2]}],"passwordCredentials":[{"customKeyIdentifier":null,"displayName":null,
      "endDateTime":"2028-11-22T19:50:29.3086381Z","hint":"4uV","keyId":"\(Self.id)",
      "secretText":null,"startDateTime":"2026-11-22T19:50:29.3086381Z"}]}
      """)
    guard case .application(let application) = element else {
      Issue.record("\(element)")
      return
    }
    #expect(application.objectID.description == Self.id.lowercased())
    #expect(application.clientID?.description == "46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b")
    #expect(application.displayName == "Büro & Co")
    let secret = try #require(application.secrets?.first)
    #expect(secret.keyID == application.objectID)
    #expect(secret.displayName == nil)
    #expect(secret.hint == "4uV")
    #expect(secret.expiresAt == Timestamp.parse("2028-11-22T19:50:29Z"))
    #expect(secret.startsAt == Timestamp.parse("2026-11-22T19:50:29Z"))
  }

  @Test func `a change tells what it tells, and nothing else`() throws {
    let element = try Self.read(#"{"id":"\#(Self.id)","displayName":"new"}"#)
    let application = ObservedApplication(
      objectID: try #require(GUID(Self.id)), clientID: nil, displayName: "new", secrets: nil)
    #expect(element == .application(application))
  }

  @Test(arguments: [
    (#"{"id":"\#(id)","@removed":{"reason":"deleted"}}"#, true),
    (#"{"id":"\#(id)","@removed":{"reason":"changed"},"appId":null}"#, true),
    (#"{}"#, false), (#"{"id":null}"#, false), (#"{"id":7}"#, false), (#"{"id":"x"}"#, false),
    (#"{"id":"\#(id)","passwordCredentials":[null]}"#, false),
    (#"{"id":"\#(id)","passwordCredentials":[{"keyId":null}]}"#, false),
    (#"{"id":"\#(id)","passwordCredentials":[{"endDateTime":"2028-11-22T19:50:29Z"}]}"#, false),
  ])
  func `what is gone, and what can't be told from others`(text: String, isGone: Bool) throws {
    let element = try Self.read(text)
    #expect(element == (isGone ? .removed(try #require(GUID(Self.id))) : .unreadable))
  }

  @Test(arguments: [
    #"{"id":"\#(id)","id":"\#(id)"}"#, #"{"id":"\#(id)","\u0069d":"\#(id)"}"#,
    #"{"passwordCredentials":[{"keyId":"\#(id)","keyId":"\#(id)"}]}"#,
    #"{"passwordCredentials":[],"passwordCredentials":[]}"#, #"{"id":"\#(id)"} "#.dropLast() + "x",
  ])
  func `what is said twice is refused`(text: String) {
    #expect(throws: JSONReader.Malformed.self) { _ = try Self.read(text) }
  }

  @Test func `what is long is cut before it is kept`() throws {
    let long = String(repeating: "ü", count: 5_000)
    let element = try Self.read(
      """
      {"id":"\(Self.id)","displayName":"\(long)","passwordCredentials":
      [{"keyId":"\(Self.id)","hint":"\(long)"}]}
      """)
    guard case .application(let application) = element else {
      Issue.record("\(element)")
      return
    }
    #expect(application.displayName?.count == 256)
    #expect(application.secrets?.first?.hint == "üüü")
  }

  private static func read(_ text: String) throws -> ApplicationElement {
    try Array(text.utf8).withUnsafeBufferPointer { try ApplicationElement($0) }
  }
}

/// Instants without a calendar, against those with one.
@Suite struct WireInstantTests {
  @Test func `agrees with the calendar from 1970 to 9999`() throws {
    var seconds = 0
    while seconds < WireInstant.last {
      let text = Timestamp.format(Date(timeIntervalSince1970: TimeInterval(seconds)))
      #expect(Self.seconds(text) == seconds, "\(text)")
      // Every day of the week and every hour come up, and 29 February with them.
      seconds += 86_400 * 97 + 3_607
    }
  }

  @Test(arguments: [
    ("2024-02-29T00:00:00Z", 1_709_164_800), ("2026-11-22t02:10:00z", 1_795_313_400),
    ("2026-11-22T02:10:00.1234567Z", 1_795_313_400), ("2026-11-22T02:10:00.9Z", 1_795_313_400),
    ("2026-11-22T03:10:00+01:00", 1_795_313_400), ("2026-11-21T18:10:00.5-08:00", 1_795_313_400),
    ("0001-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", 0),
    ("9999-12-31T23:59:59.9999999Z", WireInstant.last),
    ("9999-12-31T23:59:59-01:00", WireInstant.last),
    ("12026-11-22T02:10:00Z", WireInstant.last), ("+12026-11-22T02:10:00Z", WireInstant.last),
  ])
  func `reads what services write`(text: String, seconds: Int) {
    #expect(Self.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "2026", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-11-31T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T00:60:00Z", "2026-11-22T00:00:60Z",
    "2026-11-22T00:00:00", "2026-11-22T00:00:00.Z", "2026-11-22T00:00:00+1:00",
    "2026-11-22T00:00:00+01:00Z", "2026-11-22 00:00:00Z", "2026/11/22T00:00:00Z", "never",
    "-2026-11-22T00:00:00Z", "99999999999999-01-01T00:00:00Z", "2026-11-22T00:00:00ZZ",
  ])
  func `refuses anything else`(text: String) {
    #expect(Self.seconds(text) == nil)
  }

  private static func seconds(_ text: String) -> Int? {
    Array(text.utf8).withUnsafeBufferPointer { WireInstant.seconds($0) }
  }
}
