import Foundation

/// A managed identity of the machine that asks.
public struct ManagedIdentity: Sendable, Equatable {
  /// The client id.
  public var clientID: String
  /// Whether it belongs to the machine itself; any other has to be named.
  public var isSystemAssigned: Bool
  /// The application permissions on Microsoft Graph.
  public var appRoles: Set<String>

  /// An identity with its permissions.
  public init(clientID: String, isSystemAssigned: Bool = true, appRoles: Set<String> = []) {
    self.clientID = clientID.lowercased()
    self.isSystemAssigned = isSystemAssigned
    self.appRoles = appRoles
  }
}

/// The Instance Metadata Service of a machine, and its counterpart on App Service.
///
/// See <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
/// and <https://learn.microsoft.com/azure/app-service/overview-managed-identity>.
extension Tenant {
  mutating func respondAsMachine(to request: TenantRequest) -> TenantResponse {
    if !machineStatuses.isEmpty {
      let status = machineStatuses.removeFirst()
      return machineRefusal(status, "server_error", "The service is not ready.")
    }
    let isAppService = request.segments.first == "msi"
    let query = FormFields(request.query)
    if isAppService {
      guard request.headers["X-IDENTITY-HEADER"] == identityHeader else {
        return machineRefusal(401, "unauthorized", "The identity header is missing or wrong.")
      }
    } else {
      guard request.segments == ["metadata", "identity", "oauth2", "token"] else {
        return machineRefusal(404, "not_found", "Resource not found.")
      }
      guard request.headers["Metadata"] == "true" else {
        return machineRefusal(400, "bad_request_102", "Required metadata header not specified")
      }
    }
    guard query["api-version"] == (isAppService ? "2019-08-01" : "2018-02-01") else {
      return machineRefusal(400, "bad_request", "Invalid version.")
    }
    let resource = query["resource"] ?? ""
    guard isKnown(resource: resource) else {
      return machineRefusal(
        400, "invalid_resource",
        "AADSTS500011: The resource principal named \(resource) was not found in the tenant.")
    }
    let wanted = query.nonEmpty("client_id")?.lowercased()
    let identity = managedIdentities.first {
      wanted == nil ? $0.isSystemAssigned : $0.clientID == wanted
    }
    guard let identity else {
      return machineRefusal(400, "invalid_request", "Identity not found")
    }
    return machineToken(of: identity, for: resource, isAppService: isAppService)
  }

  private mutating func machineToken(
    of identity: ManagedIdentity, for resource: String, isAppService: Bool
  ) -> TenantResponse {
    let token = issueToken(
      for: resource, to: identity.clientID, roles: identity.appRoles.sorted(), in: id)
    let end = Int(now.timeIntervalSince1970) + tokenLifetime
    var body: [(key: String, value: JSON)] = [
      ("access_token", .string(token)),
      ("client_id", .string(identity.clientID)),
      ("expires_on", .string(String(end))),
    ]
    if !isAppService {
      // Every number is written as text here.
      body += [
        ("expires_in", .string(String(tokenLifetime))),
        ("not_before", .string(String(end - tokenLifetime))),
        ("refresh_token", ""),
      ]
    }
    body += [("resource", .string(resource)), ("token_type", "Bearer")]
    return TenantResponse(status: 200, json: .object(body), headers: Self.machineHeaders)
  }

  private func machineRefusal(
    _ status: Int, _ error: String, _ description: String
  ) -> TenantResponse {
    TenantResponse(
      status: status,
      json: ["error": .string(error), "error_description": .string(description)],
      headers: Self.machineHeaders)
  }

  private static let machineHeaders: HeaderFields = [
    "Content-Type": "application/json; charset=utf-8", "Server": "IMDS/150.870.65.1854",
  ]
}
