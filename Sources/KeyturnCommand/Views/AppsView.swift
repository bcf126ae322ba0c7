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

  struct Certificate: Encodable {
    var keyId: String
    @Nullable var displayName: String?
    @Nullable var startsAt: String?
    @Nullable var expiresAt: String?
  }

  struct Owner: Encodable {
    var id: String
    var kind: String
    @Nullable var displayName: String?
    @Nullable var mail: String?
    @Nullable var userPrincipalName: String?

    init(_ owner: ApplicationOwner) {
      (id, kind) = (owner.objectID.description, owner.kind.rawValue)
      displayName = owner.displayName
      mail = owner.mail
      userPrincipalName = owner.principalName
    }

    var designation: String { mail ?? userPrincipalName ?? displayName ?? id }
  }

  struct Application: Encodable {
    var tenant: String
    var kind: String
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
    /// When its last certificate ends; null where it has none, or one without an end.
    @Nullable var lastCertificateEnd: String?
    @Nullable var certificateDaysLeft: Int?
    /// Null where certificates are not read.
    @Nullable var livingCertificates: Int?
    @Nullable var certificates: [Certificate]?
    /// Null where nobody has read them.
    @Nullable var owners: [Owner]?
    @Nullable var ownersReadAt: String?
    /// The last sign-in in this tenant; null where none is known, or sign-ins were not read.
    @Nullable var lastSignIn: String?
  }

  struct Tenant: Encodable {
    var name: String
    @Nullable var readAt: String?
    @Nullable var applications: Int?
    /// The same of service principals with credentials of their own; null where they are not observed.
    @Nullable var servicePrincipalsReadAt: String?
    @Nullable var servicePrincipals: Int?
    /// Null where they were never read.
    @Nullable var signInsReadAt: String?
  }

  /// What is known of one of a tenant's pictures.
  struct State {
    var tenant: String
    var kind: ObservedKind
    var state: InventoryState?
    var signInsReadAt: Date?
  }

  var asOf: String
  var tenants: [Tenant]
  var total: Int
  var applications: [Application]
  /// With `--unowned`: of how many more applications the owners are not known.
  @Nullable var ownersUnknown: Int?
  private var states: [State]

  private enum CodingKeys: CodingKey {
    case asOf, tenants, total, applications, ownersUnknown
  }

  init(
    _ entries: [InventoryEntry], total: Int, states: [State], connections: [Connection],
    at now: Date
  ) {
    self.states = states
    asOf = now.stamp
    self.total = total
    tenants = states.filter { $0.kind == .application }.map { own in
      let principals = states.first {
        $0.tenant == own.tenant && $0.kind == .servicePrincipal
      }?.state
      return Tenant(
        name: own.tenant, readAt: own.state?.readAt.stamp, applications: own.state?.applications,
        servicePrincipalsReadAt: principals?.readAt.stamp,
        servicePrincipals: principals?.applications, signInsReadAt: own.signInsReadAt?.stamp)
    }
    let names = Dictionary(
      connections.map { ("\($0.server.name) \($0.clientID)", $0.name) }
    ) { first, _ in first }
    applications = entries.map { entry in
      let application = entry.application
      let clientID = application.clientID?.description ?? ""
      return Application(
        tenant: entry.tenant, kind: application.kind.rawValue,
        displayName: application.displayName ?? "", clientId: clientID,
        objectId: application.objectID.description,
        connection: application.kind == .application
          ? names["\(entry.tenant) \(clientID)"] : nil,
        lastEnd: application.lastEnd?.stamp, daysLeft: application.lastEnd?.daysLeft(from: now),
        livingSecrets: application.living(at: now).count,
        secrets: (application.secrets ?? []).map {
          Secret(
            keyId: $0.keyID.description, displayName: $0.displayName, hint: $0.hint,
            startsAt: $0.startsAt?.stamp, expiresAt: $0.expiresAt?.stamp)
        },
        lastCertificateEnd: application.lastEnd(of: .certificate)?.stamp,
        certificateDaysLeft: application.lastEnd(of: .certificate)?.daysLeft(from: now),
        livingCertificates: application.certificates?.count { $0.isLiving(at: now) },
        certificates: application.certificates?.map {
          Certificate(
            keyId: $0.keyID.description, displayName: $0.displayName,
            startsAt: $0.startsAt?.stamp, expiresAt: $0.expiresAt?.stamp)
        }, owners: entry.owners?.owners.map(Owner.init),
        ownersReadAt: entry.owners?.readAt.stamp, lastSignIn: entry.lastUse?.at?.stamp)
    }
  }

  func text(_ style: Style) -> [String] {
    var lines: [String] = []
    if applications.isEmpty {
      lines.append("no application is like that")
    } else {
      lines += table.lines(style: style)
    }
    if total > applications.count {
      lines.append("\(total - applications.count) more; --limit 0 lists them all")
    }
    if let ownersUnknown, ownersUnknown > 0 {
      lines.append(
        "the owners of \(ownersUnknown) \(ownersUnknown == 1 ? "application" : "applications") are"
          + " not known")
    }
    return lines + states.map(Self.line)
  }

  private var table: TextTable {
    // Columns of what is not observed would be empty.
    let hasCertificates = states.contains { $0.state?.hasCertificates ?? false }
    let hasPrincipals = states.contains { $0.kind == .servicePrincipal }
    var header: [TextTable.Column] = ["ENDS", "DAYS", "LIVING"]
    if hasCertificates { header.append("CERTIFICATE") }
    if hasPrincipals { header.append("KIND") }
    let hasSignIns = states.contains { $0.signInsReadAt != nil }
    let hasOwners = applications.contains { $0.owners != nil }
    if hasSignIns { header.append("LAST SIGN-IN") }
    if hasOwners { header.append("OWNER") }
    var table = TextTable(header + ["TENANT", "CLIENT ID", "NAME"])
    for application in applications {
      var row = [
        application.lastEnd.map { String($0.prefix(10)) } ?? "-",
        application.daysLeft.map(String.init) ?? "-",
        "\(application.livingSecrets) of \(application.secrets.count)",
      ]
      if hasCertificates {
        row.append(application.lastCertificateEnd.map { String($0.prefix(10)) } ?? "-")
      }
      if hasPrincipals {
        let isApplication = application.kind == ObservedKind.application.rawValue
        row.append(isApplication ? "app" : "principal")
      }
      if hasSignIns {
        row.append(application.lastSignIn.map { String($0.prefix(10)) } ?? "-")
      }
      if hasOwners { row.append(Self.owners(application.owners)) }
      let connection = application.connection.map { " [\($0)]" } ?? ""
      table.add(
        row + [
          application.tenant, application.clientId,
          application.displayName.shown(upTo: 60) + connection,
        ])
    }
    return table
  }

  private static func owners(_ owners: [Owner]?) -> String {
    guard let owners else { return "?" }
    guard let first = owners.first else { return "nobody" }
    return first.designation.shown(upTo: 40) + (owners.count > 1 ? " +\(owners.count - 1)" : "")
  }

  private static func line(_ picture: State) -> String {
    let isApplication = picture.kind == .application
    guard let state = picture.state else {
      return "\(picture.tenant): \(isApplication ? "" : "service principals are ")not read yet;"
        + " keyturn apps --refresh reads \(isApplication ? "it" : "them") now"
    }
    return "\(picture.tenant): \(state.applications) "
      + (isApplication ? "applications" : "service principals with credentials of their own")
      + ", as of \(state.readAt.stamp)"
  }

  /// A line for each application, under a line of names (RFC 4180).
  var csv: [String] {
    let header = [
      "tenant", "display_name", "client_id", "object_id", "connection", "last_end", "days_left",
      "living_secrets", "secrets", "kind", "last_certificate_end", "living_certificates",
      "certificates", "owners", "owners_read_at", "last_sign_in",
    ]
    return [header.joined(separator: ",")]
      + applications.map { application in
        [
          application.tenant, application.displayName, application.clientId,
          application.objectId, application.connection ?? "", application.lastEnd ?? "",
        ].map(CSVText.cell).joined(separator: ",")
          + ",\(application.daysLeft.map(String.init) ?? ""),\(application.livingSecrets)"
          + ",\(application.secrets.count),\(application.kind)"
          + ",\(application.lastCertificateEnd ?? "")"
          + ",\(application.livingCertificates.map(String.init) ?? "")"
          + ",\(application.certificates.map { String($0.count) } ?? "")"
          + ",\(CSVText.cell(application.owners?.map(\.designation).joined(separator: "; ") ?? ""))"
          + ",\(application.ownersReadAt ?? ""),\(application.lastSignIn ?? "")"
      }
  }
}
