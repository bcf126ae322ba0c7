import Foundation

/// The Dataverse Web API: `WhoAmI` and the application users.
extension Tenant {
  mutating func respondAsDataverse(to request: TenantRequest) -> TenantResponse {
    guard let environment = environment(for: request) else { return TenantResponse(status: 404) }
    if let throttle = faults.take(\.dataverseThrottle) {
      let code = throttle.code ?? "0x80072322"
      var response = dataverseResponse(
        DataverseFailure(
          throttle.status ?? 429, code,
          DataverseFailure.limits[code] ?? "The service is unavailable."),
        of: environment, to: request)
      response.headers["Retry-After"] = throttle.retryAfter.map(String.init)
      return response
    }
    do {
      return try dataverseResponse(to: request, of: environment)
    } catch {
      return dataverseResponse(error, of: environment, to: request)
    }
  }

  private mutating func dataverseResponse(
    to request: TenantRequest, of environment: DataverseEnvironment
  ) throws(DataverseFailure) -> TenantResponse {
    let segments = request.segments
    let user = try member(of: environment, sending: request)
    guard segments.count == 4, segments[1] == "data", segments[2].hasPrefix("v9.") else {
      throw .unknownSegment(segments.last ?? "")
    }
    guard request.method == "GET" else {
      throw DataverseFailure(405, "0x80060888", "Method not allowed.")
    }
    let origin = request.origin(otherwise: environment.urls.first ?? "")
    let root = "\(origin)/api/data/\(segments[2])"
    let body: JSON
    switch segments[3] {
    case "WhoAmI", "WhoAmI()":
      body = [
        "@odata.context": .string("\(root)/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"),
        "BusinessUnitId": .string(environment.businessUnitID),
        "UserId": .string(user.systemUserID),
        "OrganizationId": .string(environment.organizationID),
      ]
    case "systemusers":
      guard !user.roles.isEmpty else { throw .missingPrivilege(user.systemUserID) }
      body = [
        "@odata.context": .string("\(root)/$metadata#systemusers"),
        "value": .array(systemUsers(of: environment, FormFields(request.query))),
      ]
    default:
      throw .unknownSegment(segments[3])
    }
    return TenantResponse(status: 200, json: body, headers: dataverseHeaders())
  }

  /// The environment that the host names, or the first, as the faults leave it.
  private func environment(for request: TenantRequest) -> DataverseEnvironment? {
    let host = request.host.map(Endpoints.hostName)
    let named = environments.first { $0.urls.contains { Endpoints.hostName($0) == host } }
    guard var environment = named ?? environments.first else { return nil }
    if faults.environmentChanged {
      environment.organizationID = SplitMix64.guid(from: environment.organizationID)
      environment.businessUnitID = SplitMix64.guid(from: environment.businessUnitID)
      for position in environment.applicationUsers.indices {
        let user = environment.applicationUsers[position].systemUserID
        environment.applicationUsers[position].systemUserID = SplitMix64.guid(from: user)
      }
    }
    return environment
  }

  /// The application user that the token stands for.
  private func member(
    of environment: DataverseEnvironment, sending request: TenantRequest
  ) throws(DataverseFailure) -> DataverseEnvironment.ApplicationUser {
    guard let token = presentedToken(in: request), now < token.expiresAt,
      environment.urls.map(Endpoints.normalized).contains(Endpoints.normalized(token.audience))
    else { throw .unauthenticated }
    let user = environment.applicationUsers.first { $0.appID.lowercased() == token.appID }
    guard token.tenantID == id, !faults.applicationUserMissing, let user else {
      throw .notAMember
    }
    guard !user.isDisabled else { throw .disabled(user.systemUserID) }
    return user
  }

  private func systemUsers(of environment: DataverseEnvironment, _ query: FormFields) -> [JSON] {
    let pattern = /applicationid\s+eq\s+'?([0-9A-Fa-f-]{36})'?/
    let wanted = query["$filter"]?.firstMatch(of: pattern).map { $0.output.1.lowercased() }
    let selected = query.nonEmpty("$select")?.split(separator: ",").map(String.init) ?? []
    let users = environment.applicationUsers.filter {
      wanted == nil || $0.appID.lowercased() == wanted
    }
    return users.prefix(query["$top"].flatMap { Int($0) } ?? 5000).map { user in
      let servicePrincipal = application(appID: user.appID)?.servicePrincipalID
      let whole: JSON = [
        "systemuserid": .string(user.systemUserID),
        "fullname": .string(user.fullName),
        "applicationid": .string(user.appID),
        "azureactivedirectoryobjectid": .optional(servicePrincipal),
        "isdisabled": .bool(user.isDisabled),
        "accessmode": 4,
        "systemuserroles_association": .array(
          user.roles.map { ["name": .string($0), "roleid": .string(SplitMix64.guid(from: $0))] }),
      ]
      guard !selected.isEmpty else { return whole }
      let expanded = query["$expand"] == nil ? [] : ["systemuserroles_association"]
      return whole.selecting(["systemuserid"] + selected + expanded)
    }
  }

  // MARK: - Answers

  private mutating func dataverseResponse(
    _ failure: DataverseFailure, of environment: DataverseEnvironment, to request: TenantRequest
  ) -> TenantResponse {
    var headers = dataverseHeaders()
    guard failure.status != 401 else {
      // An unauthenticated call tells the tenant that the environment belongs to.
      headers["Content-Type"] = nil
      headers["WWW-Authenticate"] =
        "Bearer authorization_uri=\(loginURL(beside: request))/\(id)/oauth2/authorize, "
        + "resource_id=\(request.origin(otherwise: environment.urls.first ?? ""))/"
      return TenantResponse(status: 401, headers: headers)
    }
    let body: JSON = [
      "error": ["code": .string(failure.code), "message": .string(failure.message)]
    ]
    return TenantResponse(status: failure.status, json: body, headers: headers)
  }

  /// The token service that belongs to the request's host.
  ///
  /// A host that serves everything is its own token service; the others have Microsoft's, which
  /// stands last.
  private func loginURL(beside request: TenantRequest) -> String {
    let host = request.host.map(Endpoints.hostName)
    let own = endpoints.login.first { Endpoints.hostName($0) == host }
    return own ?? endpoints.login.last ?? ""
  }

  private mutating func dataverseHeaders() -> HeaderFields {
    [
      "Cache-Control": "no-cache",
      "Content-Type": "application/json; odata.metadata=minimal",
      "OData-Version": "4.0",
      "x-ms-service-request-id": random.guid(),
      "x-ms-ratelimit-burst-remaining-xrm-requests": "5999",
      "x-ms-ratelimit-time-remaining-xrm-requests": "1,199.99",
    ]
  }
}
