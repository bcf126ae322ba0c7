import ArgumentParser
import Foundation
import Keyturn

/// `keyturn connect`.
struct ConnectCommand: KeyturnSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "connect",
    abstract: "Put an application of an observed tenant under keyturn's care.",
    discussion: """
      It prints the lines to add to the configuration, which it leaves alone. With the value of the
      client secret in use it also says which one that is, and how to record it; the value itself is
      not kept.

      EXIT STATUS
        0    printed
        64   there is no such application, or more than one
        65   the value is none of the application's secrets
      """)

  @Argument(help: "The application: its client id, object id, or a part of its name.")
  var app: String

  @Option(help: ArgumentHelp("The connection's name.", valueName: "name"))
  var name: String?

  @Flag(help: "Read the value of the secret in use from standard input.")
  var secretStdin = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let name, !ConnectionProposal.isName(name) {
      throw ValidationError(
        "--name takes letters, digits, '.', '_' and '-', at most 64, beginning with a letter or digit."
      )
    }
  }

  func run(in world: World) async throws {
    try await Installation.open(global, in: world) { installation in
      let entry = try await entry(installation)
      let terminal = world.terminal
      let known = installation.connections.first {
        $0.server.name == entry.tenant && $0.clientID == entry.application.clientID?.description
      }
      let proposal = ConnectionProposal(
        entry, name: known?.name ?? name, taken: Set(installation.connections.map(\.name)))
      let now = world.context.now()
      let secret = try secret(of: entry.application, at: now, in: terminal)
      if let known {
        terminal.talk("\(entry.application.designation) is the connection \(known.name) already.")
      } else {
        terminal.talk("Add this below connections: in \(installation.file.shown()):")
        terminal.talk()
        for line in proposal.lines { terminal.print(line) }
        terminal.talk()
      }
      terminal.talk(known == nil ? "Then record the secret in use:" : "Record the secret in use:")
      terminal.print(proposal.command(for: secret))
      if secret == nil {
        for line in proposal.candidates(at: now) { terminal.talk(line) }
      }
    }
  }

  private func entry(_ installation: Installation) async throws -> InventoryEntry {
    var filter = InventoryFilter(limit: 20)
    filter.search = app
    filter.kind = .application
    let found = try await installation.inventory.applications(filter)
    if found.isEmpty {
      filter.kind = .servicePrincipal
      if let entry = try await installation.inventory.applications(filter).first {
        throw Self.refusal(of: entry)
      }
    }
    let exact = found.filter {
      let ids = [$0.application.clientID, $0.application.objectID]
      return $0.application.displayName == app || GUID(app).map { ids.contains($0) } ?? false
    }
    let entries = exact.isEmpty ? found : exact
    guard let entry = entries.first else {
      throw KeyturnError(
        .usage, "no application of an observed tenant is called '\(app.shown(upTo: 100))'",
        hints: ["look for it: keyturn apps --search TEXT; read the tenants anew: --refresh"])
    }
    guard entries.count == 1 else {
      throw KeyturnError(
        .usage, "'\(app.shown(upTo: 100))' may be \(entries.count == 20 ? "many" : "several")",
        hints: entries.prefix(5).map { "\($0.application.designation) in \($0.tenant)" })
    }
    return entry
  }

  /// Client secrets of a service principal can be made by Graph as well, but most belong to somebody
  /// else's application, or to a trust that has another side.
  private static func refusal(of entry: InventoryEntry) -> KeyturnError {
    let application = entry.application
    return KeyturnError(
      .usage,
      "\(application.designation) in \(entry.tenant) is a service principal: keyturn rotates the"
        + " client secrets of applications only",
      hints: [
        "if the application is registered in this tenant, give it a client secret of its own"
          + " (App registrations > Certificates & secrets), let its consumers use that one, and connect"
          + " the application",
        "if it is another tenant's, renew this one where it was made, or with"
          + " az ad sp credential reset --id \(application.objectID) --append",
      ])
  }

  /// The secret whose value somebody has; nil where nobody does.
  private func secret(
    of application: ObservedApplication, at now: Date, in terminal: Terminal
  ) throws -> ObservedSecret? {
    let empty = ConsumerRecord(storeID: "", clientID: application.clientID?.description ?? "")
    let value: SecretValue
    if secretStdin {
      value = try terminal.valueFromInput(keyID: nil, for: empty)
    } else {
      guard terminal.isInteractive,
        try terminal.confirm("Do you have the value of the secret in use?")
      else { return nil }
      value = try terminal.askForValue("Value", keyID: nil, for: empty)
    }
    let fitting = (application.secrets ?? []).filter { $0.hint == value.hint }
    guard let newest = fitting.first else {
      throw KeyturnError(
        .badInput, "\(application.designation): none of its client secrets begins like this value",
        hints: ["read the tenant anew: keyturn apps --refresh; or look for the value elsewhere"])
    }
    return fitting.first { $0.isLiving(at: now) } ?? newest
  }
}
