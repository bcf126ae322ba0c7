import Foundation

/// `/reports/servicePrincipalSignInActivities`: when each application was used last.
///
/// See <https://learn.microsoft.com/graph/api/reportroot-list-serviceprincipalsigninactivities> (beta).
extension Tenant {
  mutating func lastSignInsResponse(
    to request: TenantRequest, _ token: AccessToken
  ) throws(GraphFailure) -> TenantResponse {
    guard request.method == "GET" else { throw .methodNotAllowed }
    guard request.segments.first == "beta", !faults.signInReportMissing else {
      throw .unknownSegment("servicePrincipalSignInActivities")
    }
    try checkReports(token)
    let page = try GraphPage(FormFields(request.query), isEventual: false)
    let cursor =
      try page.token.map { token throws(GraphFailure) in try ListCursor(token: token) } ?? .first
    let answer = faults.takePageAnswer(page: cursor.page)
    if let answer, let refusal = refusal(by: answer, request) { return refusal }
    let members = activities(from: cursor, size: page.size)
    var head: [(key: String, value: JSON)] = [
      (
        "@odata.context",
        graphContext("reports/servicePrincipalSignInActivities", for: request)
      )
    ]
    if let next = members.next {
      let link = link(
        to: next.token, named: "$skiptoken", keeping: request.query, for: request)
      head.append(("@odata.nextLink", .string(redirected(link, by: answer))))
    }
    return listResponse(head, members, answer, for: request)
  }

  /// Writes the rows of applications from a place on; one that never signed in has none.
  private func activities(from cursor: ListCursor, size: Int) -> Members {
    var recorded: [String: Date] = [:]
    for signIn in reportedSignIns() { recorded[signIn.appID] = signIn.at }
    var members = Members()
    var place = nextPlace(from: cursor.place)
    while let here = place, members.count < size {
      place = nextPlace(from: here + 1)
      guard let (appID, at) = lastSignIn(atPlace: here, recorded) else { continue }
      if members.count > 0 { members.text.append(UInt8(ascii: ",")) }
      members.text.append(Self.activity(appID, at))
      members.count += 1
    }
    members.next = place.map { ListCursor(place: $0, page: cursor.page + 1) }
    return members
  }

  private func lastSignIn(
    atPlace place: Int, _ recorded: [String: Date]
  ) -> (appID: String, at: Date)? {
    if let number = untouched(at: place), let population {
      let application = population[number]
      return application.lastSignInAt.map {
        (application.appID.text, Date(timeIntervalSince1970: Double($0)))
      }
    }
    let application = applications[touchedNumbers[place - ListCursor.populationStart] ?? place]
    let at = [application.lastSignInAt, recorded[application.appID]].compactMap { $0 }.max()
    return at.map { (application.appID, $0) }
  }

  private static func activity(_ appID: String, _ at: Date) -> JSON {
    // .NET's first instant stands for "never".
    let never: JSON = [
      "lastSignInDateTime": "0001-01-01T00:00:00Z", "lastSignInRequestId": "",
    ]
    let used: JSON = [
      "lastSignInDateTime": .string(WireTime.seconds(at)),
      "lastSignInRequestId": .string(SplitMix64.guid(from: "\(appID) \(at.timeIntervalSince1970)")),
    ]
    return [
      "id": .string(Data(appID.utf8).base64EncodedString()),
      "appId": .string(appID),
      "delegatedClientSignInActivity": never,
      "delegatedResourceSignInActivity": never,
      "applicationAuthenticationClientSignInActivity": used,
      "applicationAuthenticationResourceSignInActivity": never,
      "lastSignInActivity": used,
    ]
  }
}
