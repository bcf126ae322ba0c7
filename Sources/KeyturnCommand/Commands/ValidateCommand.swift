import ArgumentParser
import Foundation
import Keyturn

/// `keyturn validate`.
struct ValidateCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Try the current secret now: a token call, then WhoAmI.",
    discussion: """
      EXIT STATUS
        0    every secret that was tried is accepted
        65   one is refused or expired
        69   a service is unavailable
        77   the tenant or the environment does not permit it
      """)

  @Argument(help: "The connections; without any, all whose value is in the store.")
  var names: [String] = []

  @OptionGroup var reading: ReadingOptions
  @OptionGroup var global: GlobalOptions

  func run(in world: World) async throws {
    let view = try await Installation.open(global, in: world) { installation in
      let connections =
        try names.isEmpty
        ? installation.connections
        : names.map { try installation.connection(named: $0) }
      var results: [ValidateView.Result] = []
      for connection in connections {
        let record = try await installation.engine.record(of: connection)
        // Without names, a connection whose lifetime alone is recorded is nothing to complain of.
        if names.isEmpty, record.current?.value == nil { continue }
        let (next, change) = try await installation.engine.validateCurrent(connection, record)
        results.append(ValidateView.Result(connection, next, identityChange: change))
      }
      return ValidateView(results: results)
    }
    if view.results.isEmpty {
      world.terminal.talk("There is nothing to validate: the store holds no value.")
    }
    try world.terminal.render(view, json: reading.json) {
      view.text(Style(isOn: world.terminal.hasColors))
    }
    if let status = view.exitStatus { throw ExitCode(status) }
  }
}

/// What `validate` prints, as text and as JSON.
struct ValidateView: Encodable {
  struct Result: Encodable {
    var connection: String
    var accepted: Bool
    @Nullable var kind: String?
    @Nullable var message: String?
    @Nullable var remedy: String?
    @Nullable var identityChange: String?
    @Nullable var organizationId: String?
    @Nullable var userId: String?

    init(_ connection: Connection, _ record: ConsumerRecord, identityChange: String?) {
      self.connection = connection.name
      let failure = record.current?.failure
      accepted = failure == nil
      kind = failure?.kind.rawValue
      message = failure?.message
      remedy = failure?.remedy
      self.identityChange = identityChange
      organizationId = record.identity?.organizationID
      userId = record.identity?.userID
    }
  }

  var results: [Result]

  /// The status of the worst result: a refused secret, then a missing permission, then a service.
  var exitStatus: Int32? {
    let kinds = results.compactMap(\.kind).compactMap(ValidationFailure.Kind.init)
    let order: [(ValidationFailure.Kind, KeyturnError.Code)] = [
      (.refused, .badInput), (.expired, .badInput), (.blocked, .notPermitted),
      (.unreachable, .unavailable),
    ]
    return order.first { kinds.contains($0.0) }?.1.exitStatus
  }

  func text(_ style: Style) -> [String] {
    results.flatMap { result in
      guard !result.accepted else {
        let access = result.userId.map { ", Dynamics 365 user \($0)" } ?? ""
        let change = result.identityChange.map { ["  \($0)"] } ?? []
        return ["\(result.connection): \(style.colored("accepted", .ok))\(access)"] + change
      }
      return [
        "\(result.connection): \(style.colored("not accepted", .critical)): \(result.message ?? "")",
        "  \(result.remedy ?? "")",
      ]
    }
  }
}
