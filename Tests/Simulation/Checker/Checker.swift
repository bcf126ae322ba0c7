import Foundation
import Keyturn
import SimulatedTenant

/// Looks at everything that happens, and notes the first thing that must not.
final class Checker {
  /// Something that must never happen, with the invariant it breaks.
  struct Violation: Sendable {
    var invariant: String
    var text: String
    var event: Int
  }

  unowned let world: World
  private(set) var violation: Violation?
  /// Parts of texts that are no violation for now.
  var tolerated: [String] = []

  init(_ world: World) {
    self.world = world
  }

  /// Says that something happened that must not: `I4: the previous secret …`.
  func fail(_ text: String, about connection: ManagedConnection?) {
    guard violation == nil, !tolerated.contains(where: text.contains) else { return }
    let name = connection.map { "\($0.name): " } ?? ""
    let invariant = text.split(separator: ":").first.map(String.init) ?? text
    violation = Violation(
      invariant: invariant.count <= 8 ? invariant : "harness", text: name + text,
      event: world.statistics.events)
    world.trace.add(world.now, "VIOLATION \(name)\(text)")
  }

  func expect(
    _ condition: Bool, _ text: @autoclosure () -> String, _ connection: ManagedConnection?
  ) {
    guard !condition else { return }
    fail(text(), about: connection)
  }

  // MARK: I6

  /// A text that leaves the core, or goes where no value belongs.
  ///
  /// Every value that the tenant makes has `8Q~` after its first three characters, as Entra's have.
  func hear(_ text: String?, from place: String) {
    guard let text, text.holds("8Q~") else { return }
    fail("I6: \(place) holds a value: \(text.prefix(160))", about: nil)
  }

  /// An error that a command ends with.
  func hear(_ error: any Error, of process: SimulatedProcess) {
    hear("\(error)", from: "an error")
    hear(String(reflecting: error), from: "an error's description")
    world.trace.add(world.now, "\(process) fails: \(Self.brief(error))")
  }

  static func brief(_ error: any Error) -> String {
    (error as? KeyturnError).map { "\($0.code.rawValue): \($0.message)" } ?? "\(error)"
  }

  /// What the database files hold, at the end.
  func searchFiles() {
    for data in world.vault.contents() where data.range(of: Data("8Q~".utf8)) != nil {
      let text = String(decoding: data, as: UTF8.self)
      for application in world.tenant.applications {
        let found = application.history.contains { text.contains($0.value) }
        expect(!found, "I6: the database holds a value in the clear", nil)
      }
    }
  }
}
