import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import Adapters

@Suite struct GraphPasswordTests {
  @Test func `reads an application with its client secrets`() async throws {
    let scene = try GraphScene()
    let application = try await scene.client.application(scene.caller)
    #expect(application.displayName == "Magentrix D365 OAuth 2")
    #expect(UUID(uuidString: application.objectID) != nil)
    let password = try #require(application[scene.secret.keyID])
    #expect(application.passwords == [password])
    #expect(password.displayName == "Magentrix D365 Secret")
    #expect(password.hint == scene.secret.hint)
    #expect(password.startsAt == scene.secret.startsAt)
    #expect(password.expiresAt == scene.secret.expiresAt)
  }

  @Test func `makes a client secret, which then opens what the old one opens`() async throws {
    let scene = try GraphScene()
    let secret = try await scene.addPassword()
    let made = try #require(scene.secrets.last)
    #expect(secret.keyID == made.keyID)
    #expect(secret.value == SecretValue(made.value))
    #expect(secret.hint == made.hint)
    #expect(secret.source == .graph)
    #expect(secret.startsAt == made.startsAt)
    #expect(secret.expiresAt == scene.world.now.addingTimeInterval(365 * 86_400))
    #expect(made.displayName == "Magentrix D365 Secret · kt-ab12-cd34ef")
    #expect(secret.marker == nil)
  }

  @Test func `removes a client secret by its key id, and nothing else`() async throws {
    let scene = try GraphScene()
    let secret = try await scene.addPassword()
    try await scene.client.removePassword(keyID: scene.secret.keyID, scene.caller)
    #expect(scene.secrets.map(\.keyID) == [secret.keyID])
  }

  @Test func `addresses the application by its client id, with an id on each call`() async throws {
    let scene = try GraphScene()
    _ = try await scene.addPassword()
    let request = try #require(scene.tenant.requests.last)
    #expect(request.host == "graph.microsoft.com")
    #expect(request.path == "/v1.0/applications(appId='\(Connection.entraClient)')/addPassword")
    #expect(request.headers["Content-Type"] == "application/json")
    let id = try #require(request.headers["client-request-id"])
    #expect(UUID(uuidString: id) != nil)
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"passwordCredential":{"displayName":"Magentrix D365 Secret · kt-ab12-cd34ef","#
        + #""endDateTime":"2027-11-22T02:10:00Z"}}"#)
  }
}
