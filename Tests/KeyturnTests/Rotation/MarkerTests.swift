import Foundation
import Testing

@testable import Keyturn

@Suite struct MarkerTests {
  @Test(
    arguments: [
      ("Magentrix D365 Secret · kt-182d-4a5ee4", "kt-182d-4a5ee4"),
      ("kt-182d-4a5ee4", "kt-182d-4a5ee4"),
      ("name kt-182d-4a5ee4 \n", "kt-182d-4a5ee4"), ("name\u{a0}kt-182d-4a5ee4", "kt-182d-4a5ee4"),
      ("namekt-182d-4a5ee4", nil), ("kt-182d-4a5ee4 name", nil), ("kt-182d-4a5ee", nil),
      ("kt-182D-4a5ee4", nil), ("kt-182g-4a5ee4", nil), ("kt-182d_4a5ee4", nil), ("", nil),
      ("  ", nil),
      ("é kt-182d-4a5ee4", "kt-182d-4a5ee4"), ("kt-١82d-4a5ee4", nil),
    ] as [(String, String?)])
  func `a marker is the last word of a display name`(name: String, marker: String?) {
    #expect(Marker.find(in: name) == marker)
  }

  private static let marker = "kt-182d-4a5ee4"

  /// A record whose guided rotation was given a value without a key id.
  private func record(_ step: Rotation.Step) -> ConsumerRecord {
    var record = ConsumerRecord(storeID: "182d", clientID: "application")
    var rotation = Rotation(id: "1", mode: .guided, startedAt: .distantPast)
    rotation.step = step
    record.rotation = rotation
    record.attempts = [Attempt(marker: Self.marker, begunAt: .distantPast)]
    var pasted = ClientSecret(
      keyID: nil, startsAt: nil, expiresAt: .distantFuture, source: .recorded,
      value: SecretValue("abc8Q~value"))
    pasted.marker = Self.marker
    if step == .switched { record.current = pasted } else { record.pending = pasted }
    return record
  }

  private func made(hint: String?) -> DirectoryApplication {
    DirectoryApplication(
      objectID: "object", displayName: "application",
      passwords: [
        DirectoryPassword(keyID: "made", displayName: "Secret · \(Self.marker)", hint: hint)
      ])
  }

  @Test func `a pasted value is known by its first characters rather than by the wanted marker`() {
    #expect(record(.switched).orphans(in: made(hint: "abc")).isEmpty)
    #expect(record(.switched).orphans(in: made(hint: nil)).isEmpty)
    #expect(record(.switched).orphans(in: made(hint: "xyz")).map(\.keyID) == ["made"])
  }

  @Test func `a key id from the wrong row costs nobody a secret`() {
    var wrong = record(.switched)
    wrong.current?.keyID = "another"
    let application = DirectoryApplication(
      objectID: "object", displayName: "application",
      passwords: [
        DirectoryPassword(keyID: "made", displayName: "Secret · \(Self.marker)", hint: "abc"),
        DirectoryPassword(keyID: "another", displayName: "somebody's", hint: "xyz"),
      ])
    // What is current is known by its first characters, and not taken for what an attempt left.
    #expect(wrong.orphans(in: application).isEmpty)
    #expect(application.passwords.map(wrong.holds) == [true, false])
    #expect(wrong.observing(application).current?.keyID == "made")
    // Graph has the last word.
    wrong.current?.source = .graph
    #expect(wrong.observing(application).current?.keyID == "made")
    // Where it shows none that begins alike, no key id is better than that of another secret.
    var other = application
    other.passwords.removeFirst()
    #expect(wrong.observing(other).current?.keyID == nil)
    // And one that nobody has may be that of a secret which a replica has not heard of.
    wrong.current?.source = .recorded
    wrong.current?.keyID = "unknown"
    #expect(wrong.observing(other).current?.keyID == "unknown")
    #expect(wrong.observing(application).current?.keyID == "made")
  }

  @Test func `what was made for a value that is unproven may still be pasted`() {
    #expect(record(.created).orphans(in: made(hint: "xyz")).isEmpty)
    #expect(record(.validated).orphans(in: made(hint: "xyz")).map(\.keyID) == ["made"])
  }

  @Test func `what was set aside has its own time, whatever its marker says`() throws {
    var aside = record(.switched)
    let secret = ClientSecret(keyID: "made", expiresAt: .distantFuture, source: .graph)
    aside.leftovers = try [#require(Leftover(secret, removableFrom: .distantFuture))]
    #expect(aside.orphans(in: made(hint: "xyz")).isEmpty)
  }

  @Test(arguments: [
    (Rotation.Mode.guided, "keyturn abandon"), (.automatic, "keyturn check removes"),
  ])
  func `what a person may have the value of is not left to the nights`(
    mode: Rotation.Mode, remedy: String
  ) throws {
    var begun = record(.begun)
    begun.pending = nil
    begun.rotation?.mode = mode
    let found = Judgement.findings(about: made(hint: "xyz"), try Scene().connection, begun)
    #expect(found.map(\.code) == [.orphan])
    #expect(found.first?.remedy.contains(remedy) == true)
  }
}
