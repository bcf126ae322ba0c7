import Foundation

/// `/applications/delta` and `/servicePrincipals/delta`: all of them once, and from then on those that have
/// changed.
///
/// See <https://learn.microsoft.com/graph/api/application-delta> and
/// <https://learn.microsoft.com/graph/api/serviceprincipal-delta>.
extension Tenant {
  /// Seconds for which a link is good.
  private static let deltaLifetime = 7 * 86_400

  mutating func deltaResponse(
    to request: TenantRequest, of list: DirectoryList = .applications
  ) throws(GraphFailure) -> TenantResponse {
    let query = FormFields(request.query)
    let state = try deltaState(query, request, of: list)
    let isTooOld = Int(now.timeIntervalSince1970) - state.issuedAt > Self.deltaLifetime
    guard !isTooOld && !faults.deltaTokensForgotten || isFirst(query) else {
      return syncStateNotFound(request)
    }
    let page = state.cursor?.page ?? state.page
    let answer = faults.takePageAnswer(page: page)
    if let answer, let refusal = refusal(by: answer, request) { return refusal }
    let (members, next) =
      state.cursor.map { fullPage($0, state, answer, of: list) }
      ?? changesPage(state, answer, of: list)
    return deltaPage(members, next ?? state, isLast: next == nil, answer, request, of: list)
  }

  /// What the request asks for: a first read, or what a link says.
  private func deltaState(
    _ query: FormFields, _ request: TenantRequest, of list: DirectoryList
  ) throws(GraphFailure) -> DeltaState {
    if let token = query.nonEmpty("$skiptoken") ?? query.nonEmpty("$deltatoken"),
      token != "latest"
    {
      return try DeltaState(token: token)
    }
    guard query["$filter"] == nil else {
      throw GraphFailure(400, "Request_UnsupportedQuery", "Filter is not supported in this query.")
    }
    let page = try GraphPage(query, isEventual: true)
    try check(selection: page.selected, of: list)
    let preferred = request.headers["Prefer"]?.wholeMatch(of: /.*odata\.maxpagesize=(\d+).*/)
      .flatMap { Int($0.output.1) }
    return DeltaState(
      revision: revision, issuedAt: Int(now.timeIntervalSince1970),
      cursor: query["$deltatoken"] == "latest" ? nil : .first,
      size: min(max(1, preferred ?? page.size), GraphPage.largestSize), selected: page.selected)
  }

  private func isFirst(_ query: FormFields) -> Bool {
    query.nonEmpty("$skiptoken") == nil && query.nonEmpty("$deltatoken") ?? "latest" == "latest"
  }

  private mutating func fullPage(
    _ cursor: ListCursor, _ state: DeltaState, _ answer: Faults.PageAnswer?,
    of list: DirectoryList
  ) -> (Members, DeltaState?) {
    let selected = Self.withID(state.selected)
    var members =
      list == .applications
      ? self.members(from: cursor, size: state.size, selected)
      : principalMembers(from: cursor, size: state.size, selected)
    apply(answer, to: &members, from: cursor)
    guard members.next != nil else { return (members, nil) }
    var next = state
    next.cursor = members.next
    return (members, next)
  }

  /// What has changed since a revision, each application once and as it is now.
  ///
  /// A page that does not hold all of it ends at a revision, from which the next one goes on.
  private mutating func changesPage(
    _ state: DeltaState, _ answer: Faults.PageAnswer?, of list: DirectoryList
  ) -> (Members, DeltaState?) {
    func revision(_ place: Int) -> Int {
      if list == .servicePrincipals { return principalRevision(atPlace: place) }
      let application = applications[place]
      return faults.deltaOmitsCredentials ? application.propertyRevision : application.revision
    }
    let places = list == .applications ? Array(applications.indices) : registeredPrincipalPlaces
    let changed = places.filter { revision($0) > state.revision }
      .sorted { revision($0) < revision($1) }
    let isEmpty = answer?.kind == .emptyPage
    var members = Members()
    for position in isEmpty ? [] : changed.prefix(state.size) {
      if members.count > 0 { members.text.append(UInt8(ascii: ",")) }
      members.text.append(
        list == .applications
          ? deltaObject(at: position, state.selected)
          : principalDeltaObject(atPlace: position, Self.withID(state.selected)))
      members.count += 1
    }
    let isLast = !isEmpty && answer?.kind != .cycle && changed.count <= state.size
    guard !isLast else { return (members, nil) }
    var next = state
    next.page += answer?.kind == .cycle ? 0 : 1
    if !isEmpty, answer?.kind != .cycle, members.count > 0 {
      next.revision = revision(changed[members.count - 1])
      // The last ones of this page come again.
      if answer?.kind == .duplicates, members.count > 1 {
        next.revision = revision(changed[members.count - 2])
      }
    }
    return (members, next)
  }

  private mutating func deltaObject(at position: Int, _ selected: [String]) -> JSON {
    let application = applications[position]
    guard application.deletedAt == nil else {
      // Restoring is possible after "changed", and not after "deleted".
      return [
        "id": .string(application.objectID),
        "@removed": ["reason": application.isPurged ? "deleted" : "changed"],
      ]
    }
    return applicationObject(at: position, Self.withID(selected))
  }

  /// A delta always tells which application it is about.
  private static func withID(_ selected: [String]) -> [String] {
    selected.isEmpty ? [] : selected + ["id"]
  }

  private mutating func deltaPage(
    _ members: Members, _ state: DeltaState, isLast: Bool, _ answer: Faults.PageAnswer?,
    _ request: TenantRequest, of list: DirectoryList
  ) -> TenantResponse {
    let fragment =
      state.selected.isEmpty
      ? list.rawValue : "\(list.rawValue)(\(state.selected.joined(separator: ",")))"
    var head: [(key: String, value: JSON)] = [
      ("@odata.context", graphContext(fragment, for: request))
    ]
    if isLast {
      var known = state
      known.issuedAt = Int(now.timeIntervalSince1970)
      // A full read shows nothing newer than its beginning for certain.
      if known.cursor == nil { known.revision = revision }
      known.cursor = nil
      known.page = 1
      let link = link(to: known.token, named: "$deltatoken", keeping: "", for: request)
      head.append(("@odata.deltaLink", .string(redirected(link, by: answer))))
    } else {
      let link = link(to: state.token, named: "$skiptoken", keeping: "", for: request)
      head.append(("@odata.nextLink", .string(redirected(link, by: answer))))
    }
    return listResponse(head, members, answer, for: request)
  }

  /// The client has to begin again, at the address in `Location`.
  private mutating func syncStateNotFound(_ request: TenantRequest) -> TenantResponse {
    var response = graphResponse(
      GraphFailure(
        410, "syncStateNotFound",
        "The sync state generation is not found; please restart the synchronization."),
      to: request)
    response.headers["Location"] = link(to: "", named: "$deltatoken", keeping: "", for: request)
    return response
  }
}
