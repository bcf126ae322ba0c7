import Foundation
import Keyturn
import Testing

@Suite struct ClientSecretTests {
  @Test func `the hint follows from the value`() {
    let secret = ClientSecret(
      hint: "zzz", expiresAt: .night(1), source: .recorded, value: .old)
    #expect(secret.hint == "old")
    #expect(ClientSecret(hint: "4uV", expiresAt: .night(1), source: .graph).hint == "4uV")
  }

  @Test(arguments: [
    (ClientSecret.sample(.old), ClientSecret.oldKey),
    (.sample(nil, keyID: nil, endsIn: 0), "ending 2026-11-22"),
    (.sample(.old, keyID: nil), "old***"),
  ])
  func `people recognise it by key id, else hint, else its end`(
    secret: ClientSecret, designation: String
  ) {
    #expect(secret.designation == designation)
  }

  @Test func `the connected app has the four fields of one version`() throws {
    let app = try #require(ConsumerRecord.sample(clientID: "app-1").connectedApp)
    #expect(app.consumerKey == "NA")
    #expect(app.consumerSecret == .old)
    #expect(app.refreshToken == "app-1")
    #expect(app.securityToken == "app-1")
  }

  @Test func `without a value there is no connected app`() {
    #expect(ConsumerRecord.sample(value: nil).connectedApp == nil)
    #expect(ConsumerRecord(storeID: "s", clientID: "app").connectedApp == nil)
  }

  @Test(arguments: [
    (CallFailure.unknownValue, ValidationFailure.Kind.refused, KeyturnError.Code.badInput, true),
    (.emptyValue, .refused, .badInput, true), (.overdue, .expired, .badInput, true),
    (.noSuchApplication, .blocked, .notPermitted, false),
    (.unreachable, .unreachable, .unavailable, false),
    (.throttled(5), .unreachable, .unavailable, false),
  ])
  func `what a failed call means is decided in one place`(
    failure: CallFailure, kind: ValidationFailure.Kind, code: KeyturnError.Code, refuses: Bool
  ) {
    let remembered = failure.remembered(at: .night(0))
    #expect(remembered.kind == kind)
    #expect(remembered.message == failure.message)
    #expect(remembered.remedy == failure.remedy)
    #expect(failure.error == KeyturnError(code, failure.message, hints: [failure.remedy]))
    #expect(failure.refusesTheValue == refuses)
  }

  @Test func `an error says what to do under what happened`() {
    let error = KeyturnError(.usage, "no", hints: ["do this", "or that"]).about("magentrix-d365")
    #expect("\(error)" == "magentrix-d365: no\nhint: do this\nhint: or that")
    #expect(error.code == .usage)
  }
}
