import Foundation

/// Pages of all applications, of any number.
extension Tenant {
  /// Some members of a list, and where it goes on.
  struct Members {
    var text = JSONBytes()
    var count = 0
    /// Where the next page begins; `nil` at the end.
    var next: ListCursor?
  }

  /// `/applications` or `/servicePrincipals` without a filter.
  mutating func wholeList(
    _ page: GraphPage, of list: DirectoryList = .applications, for request: TenantRequest
  ) throws(GraphFailure) -> TenantResponse {
    let cursor = try page.token.map { token throws(GraphFailure) in try ListCursor(token: token) }
    let here = cursor ?? .first
    let answer = faults.takePageAnswer(page: here.page)
    if let answer, let refusal = refusal(by: answer, request) { return refusal }
    var members =
      list == .applications
      ? self.members(from: here, size: page.size, page.selected)
      : principalMembers(from: here, size: page.size, page.selected)
    apply(answer, to: &members, from: here)
    let fragment =
      page.selected.isEmpty
      ? list.rawValue : "\(list.rawValue)(\(page.selected.joined(separator: ",")))"
    var head: [(key: String, value: JSON)] = [
      ("@odata.context", graphContext(fragment, for: request))
    ]
    if page.countsMembers && cursor == nil {
      head.append(("@odata.count", .number(applicationCount)))
    }
    if let next = members.next {
      let link = link(to: next.token, named: "$skiptoken", keeping: request.query, for: request)
      head.append(("@odata.nextLink", .string(redirected(link, by: answer))))
    }
    return listResponse(head, members, answer, for: request)
  }

  /// Writes applications from a place on, those that are deleted aside.
  mutating func members(from cursor: ListCursor, size: Int, _ selected: [String]) -> Members {
    var members = Members()
    members.text.reserve(size * 512)
    let template = ApplicationTemplate(selected: selected, domain: domain)
    var place = nextPlace(from: cursor.place)
    while let here = place, members.count < size {
      if members.count > 0 { members.text.append(UInt8(ascii: ",")) }
      let isOdd = cursor.page == 1 && members.count < Faults.oddApplications && faults.isOdd
      if let number = untouched(at: here), let population, !isOdd {
        template.write(population[number], to: &members.text)
      } else {
        var object = applicationObject(atPlace: here, selected)
        if isOdd { faults.makeOdd(&object, number: members.count) }
        members.text.append(object)
      }
      members.count += 1
      place = nextPlace(from: here + 1)
    }
    members.next = place.map { ListCursor(place: $0, page: cursor.page + 1) }
    return members
  }

  /// An answer with members that are written already.
  mutating func listResponse(
    _ head: [(key: String, value: JSON)], _ members: Members, _ answer: Faults.PageAnswer?,
    for request: TenantRequest
  ) -> TenantResponse {
    var body = JSONBytes()
    body.reserve(members.text.bytes.count + 1024)
    body.append(String(JSON.object(head).text.dropLast()) + #","value":["#)
    body.append(members.text.bytes)
    body.append("]}")
    var response = TenantResponse(
      status: 200, headers: graphHeaders(for: request), body: Data(body.bytes))
    switch answer?.kind {
    case .cutShort: response.delivery = .cutShort
    case .closed: response.delivery = .connectionClosed
    default: break
    }
    return response
  }

  /// A link to the same path, with a token in place of those it had.
  func link(
    to token: String, named name: String, keeping query: String, for request: TenantRequest
  ) -> String {
    let kept = query.split(separator: "&").filter { parameter in
      !["$skiptoken=", "$deltatoken="].contains { FormFields.decode(parameter).hasPrefix($0) }
    }
    let parameters = kept.map(String.init) + ["\(name)=\(token)"]
    let origin = request.origin(otherwise: endpoints.graph.first ?? "")
    return "\(origin)\(request.path)?\(parameters.joined(separator: "&"))"
  }

  // MARK: - Places

  /// The next place at which an application is, this one included.
  func nextPlace(from place: Int) -> Int? {
    var place = place
    while place < applications.count {
      let application = applications[place]
      if application.populationNumber == nil && application.deletedAt == nil { return place }
      place += 1
    }
    place = max(place, ListCursor.populationStart)
    let end = ListCursor.populationStart + (population?.count ?? 0)
    while place < end {
      let position = touchedNumbers[place - ListCursor.populationStart]
      if position.map({ applications[$0].deletedAt == nil }) ?? true { return place }
      place += 1
    }
    return nil
  }

  /// The number of the untouched application at a place.
  func untouched(at place: Int) -> Int? {
    let number = place - ListCursor.populationStart
    return number >= 0 && touchedNumbers[number] == nil ? number : nil
  }

  private mutating func applicationObject(atPlace place: Int, _ selected: [String]) -> JSON {
    let number = place - ListCursor.populationStart
    if number >= 0, touchedNumbers[number] == nil, let population {
      let application = population[number].registered
      let object = Self.applicationObject(
        of: application, passwords: application.history, domain: domain,
        showsKeys: selected.contains("keyCredentials"))
      return selected.isEmpty ? object : object.selecting(selected)
    }
    return applicationObject(at: touchedNumbers[number] ?? place, selected)
  }
}
