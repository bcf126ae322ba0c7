import Adapters
import Foundation
import Keyturn

/// What `apps` lists, as text, as JSON and as comma-separated values.
struct AppsView: Encodable {
  struct Secret: Encodable {
    var keyId: String
    @Nullable var displayName: String?
    @Nullable var hint: String?
    @Nullable var startsAt: String?
    @Nullable var expiresAt: String?
  }

  struct Application: Encodable {
    var tenant: String
    var displayName: String
    var clientId: String
    var objectId: String
    /// The connection that keyturn looks after, where it is one.
    @Nullable var connection: String?
    /// When its last client secret ends; null where it has none, or one without an end.
    @Nullable var lastEnd: String?
    @Nullable var daysLeft: Int?
    var livingSecrets: Int
    var secrets: [Secret]
  }

  struct Tenant: Encodable {
    var name: String
    @Nullable var readAt: String?
    @Nullable var applications: Int?
  }

  var asOf: String
  var tenants: [Tenant]
  var total: Int
  var applications: [Application]

  init(
    _ entries: [InventoryEntry], total: Int, states: [(name: String, state: InventoryState?)],
    connections: [Connection], at now: Date
  ) {
    asOf = now.stamp
    self.total = total
    tenants = states.map {
      Tenant(name: $0.name, readAt: $0.state?.readAt.stamp, applications: $0.state?.applications)
    }
    let names = Dictionary(
      connections.map { ("\($0.server.name) \($0.clientID)", $0.name) }
    ) { first, _ in first }
    applications = entries.map { entry in
      let application = entry.application
      let clientID = application.clientID?.description ?? ""
      return Application(
        tenant: entry.tenant, displayName: application.displayName ?? "", clientId: clientID,
        objectId: application.objectID.description,
        connection: names["\(entry.tenant) \(clientID)"],
        lastEnd: application.lastEnd?.stamp, daysLeft: application.lastEnd?.daysLeft(from: now),
        livingSecrets: application.living(at: now).count,
        secrets: (application.secrets ?? []).map {
          Secret(
            keyId: $0.keyID.description, displayName: $0.displayName, hint: $0.hint,
            startsAt: $0.startsAt?.stamp, expiresAt: $0.expiresAt?.stamp)
        })
    }
  }

  func text(_ style: Style) -> [String] {
    var lines: [String] = []
    if applications.isEmpty {
      lines.append("no application is like that")
    } else {
      var table = TextTable(["ENDS", "DAYS", "LIVING", "TENANT", "CLIENT ID", "NAME"])
      for application in applications {
        table.add([
          application.lastEnd.map { String($0.prefix(10)) } ?? "-",
          application.daysLeft.map(String.init) ?? "-",
          "\(application.livingSecrets) of \(application.secrets.count)", application.tenant,
          application.clientId,
          application.displayName.shown(upTo: 60)
            + (application.connection.map { " [\($0)]" } ?? ""),
        ])
      }
      lines += table.lines(style: style)
    }
    if total > applications.count {
      lines.append("\(total - applications.count) more; --limit 0 lists them all")
    }
    return lines + tenants.map(Self.state)
  }

  private static func state(_ tenant: Tenant) -> String {
    guard let readAt = tenant.readAt, let count = tenant.applications else {
      return "\(tenant.name): not read yet; keyturn apps --refresh reads it now"
    }
    return "\(tenant.name): \(count) applications, as of \(readAt)"
  }

  /// A line for each application, under a line of names (RFC 4180).
  var csv: [String] {
    let header = [
      "tenant", "display_name", "client_id", "object_id", "connection", "last_end", "days_left",
      "living_secrets", "secrets",
    ]
    return [header.joined(separator: ",")]
      + applications.map { application in
        [
          application.tenant, application.displayName, application.clientId,
          application.objectId, application.connection ?? "", application.lastEnd ?? "",
        ].map(CSVText.cell).joined(separator: ",")
          + ",\(application.daysLeft.map(String.init) ?? ""),\(application.livingSecrets)"
          + ",\(application.secrets.count)"
      }
  }
}
