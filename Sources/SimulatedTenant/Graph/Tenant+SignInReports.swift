import Foundation

/// `/reports/appCredentialSignInActivities` and `/auditLogs/signIns`: who used which secret.
///
/// See <https://learn.microsoft.com/graph/api/reportroot-list-appcredentialsigninactivities> (beta)
/// and <https://learn.microsoft.com/graph/api/signin-list>.
extension Tenant {
  mutating func activitiesResponse(
    to request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard request.segments.first == "beta", !faults.activityReportMissing else {
      throw .unknownSegment("appCredentialSignInActivities")
    }
    try checkReports(token)
    let query = FormFields(request.query)
    let filter = try SignInFilter(query["$filter"], properties: ["keyId", "appId"])
    // One row for each secret and resource, with the newest sign-in; the list is oldest first.
    var newest: [String: RecordedSignIn] = [:]
    for signIn in reportedSignIns()
    where filter.admits("keyId", signIn.keyID) && filter.admits("appId", signIn.appID) {
      newest[signIn.keyID + signIn.resource] = signIn
    }
    let rows = newest.sorted { $0.key < $1.key }.map { activity($0.value) }
    return try graphPage(
      of: Array(rows.indices), try GraphPage(query, isEventual: false),
      named: "reports/appCredentialSignInActivities", for: request
    ) { rows[$1] }
  }

  mutating func signInsResponse(
    to request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    try checkReports(token)
    let query = FormFields(request.query)
    let properties: Set =
      request.segments.first == "beta"
      ? ["appId", "signInEventTypes", "servicePrincipalCredentialKeyId"] : ["appId"]
    let filter = try SignInFilter(query["$filter"], properties: properties)
    // Without a kind the report is that of people who sign in themselves, and there are none here.
    let signIns = filter.eventTypes == ["servicePrincipal"] ? reportedSignIns().reversed() : []
    let rows = signIns.filter {
      filter.admits("servicePrincipalCredentialKeyId", $0.keyID) && filter.admits("appId", $0.appID)
    }.map(signInObject)
    return try graphPage(
      of: Array(rows.indices), try GraphPage(query, isEventual: false),
      named: "auditLogs/signIns", for: request
    ) { rows[$1] }
  }

  /// Whether the caller and the tenant's licence allow reports of sign-ins.
  func checkReports(_ token: AccessToken) throws(GraphFailure) {
    guard GraphPermission.canReadSignIns(token) else { throw .denied }
    guard !faults.reportsUnlicensed else { throw .unlicensed }
  }

  private func activity(_ signIn: RecordedSignIn) -> JSON {
    let application = application(appID: signIn.appID)
    let secret = application?.history.first { $0.keyID == signIn.keyID }
    return [
      "id": .string(Data("\(signIn.keyID)|application".utf8).base64EncodedString()),
      "keyId": .string(signIn.keyID),
      "keyType": "clientSecret",
      "keyUsage": "verify",
      "appId": .string(signIn.appID),
      "appObjectId": .optional(application?.objectID),
      "servicePrincipalObjectId": .optional(application?.servicePrincipalID),
      "resourceId": .string(resourceNamed(in: signIn).id),
      "credentialOrigin": "application",
      "createdDateTime": .optional(secret.map { WireTime.seconds($0.startsAt) }),
      "expirationDateTime": .optional(secret.map { WireTime.seconds($0.expiresAt) }),
      "signInActivity": [
        "lastSignInDateTime": .string(WireTime.seconds(signIn.at)),
        "lastSignInRequestId": .string(Self.requestID(of: signIn)),
      ],
    ]
  }

  private func signInObject(_ signIn: RecordedSignIn) -> JSON {
    let application = application(appID: signIn.appID)
    let resource = resourceNamed(in: signIn)
    return [
      "id": .string(Self.requestID(of: signIn)),
      "createdDateTime": .string(WireTime.seconds(signIn.at)),
      "appId": .string(signIn.appID),
      "appDisplayName": .optional(application?.displayName),
      "ipAddress": .string(signIn.address),
      "correlationId": .string(SplitMix64.guid(from: "correlation \(Self.requestID(of: signIn))")),
      "signInEventTypes": ["servicePrincipal"],
      "servicePrincipalId": .optional(application?.servicePrincipalID),
      "servicePrincipalCredentialKeyId": .string(signIn.keyID),
      "clientCredentialType": "clientSecret",
      "resourceDisplayName": .string(resource.name),
      "resourceId": .string(resource.id),
      "status": ["errorCode": 0, "failureReason": "Other.", "additionalDetails": nil],
    ]
  }

  /// The application id and the name of a sign-in's resource.
  private func resourceNamed(in signIn: RecordedSignIn) -> (id: String, name: String) {
    let resource = Endpoints.normalized(signIn.resource)
    if environments.flatMap(\.urls).map(Endpoints.normalized).contains(resource) {
      return ("00000007-0000-0000-c000-000000000000", "Dataverse")
    }
    if endpoints.resourceManager.map(Endpoints.normalized).contains(resource) {
      return ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "Azure Resource Manager")
    }
    return (Self.graphAppID, "Microsoft Graph")
  }

  private static func requestID(of signIn: RecordedSignIn) -> String {
    SplitMix64.guid(
      from: "\(signIn.keyID) \(signIn.resource) \(signIn.at.timeIntervalSince1970)")
  }
}
