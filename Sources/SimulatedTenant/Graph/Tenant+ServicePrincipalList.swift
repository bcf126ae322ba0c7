import Foundation

/// The collections of which Graph lists all members, and their changes.
enum DirectoryList: String, Sendable {
  case applications, servicePrincipals
}

/// Pages of all service principals, of any number.
///
/// Those of registered applications have the applications' positions; those of other tenants and of
/// machines follow, and those of the population come last.
extension Tenant {
  private static let foreignStart = 1 << 32

  /// The properties that can be selected.
  static let servicePrincipalProperties: Set = [
    "id", "deletedDateTime", "accountEnabled", "appDisplayName", "appId",
    "appOwnerOrganizationId", "appRoleAssignmentRequired", "createdDateTime", "displayName",
    "servicePrincipalNames", "servicePrincipalType", "signInAudience", "appRoles",
    "keyCredentials", "oauth2PermissionScopes", "passwordCredentials",
  ]

  /// Writes service principals from a place on.
  mutating func principalMembers(
    from cursor: ListCursor, size: Int, _ selected: [String]
  ) -> Members {
    var members = Members()
    var place = nextPrincipalPlace(from: cursor.place)
    while let here = place, members.count < size {
      if members.count > 0 { members.text.append(UInt8(ascii: ",")) }
      members.text.append(principalObject(atPlace: here, selected))
      members.count += 1
      place = nextPrincipalPlace(from: here + 1)
    }
    members.next = place.map { ListCursor(place: $0, page: cursor.page + 1) }
    return members
  }

  /// The places at which something may have changed.
  var registeredPrincipalPlaces: [Int] {
    applications.indices.filter { applications[$0].hasServicePrincipal }
      + foreignPrincipals.indices.map { Self.foreignStart + $0 }
  }

  func principalRevision(atPlace place: Int) -> Int {
    place < Self.foreignStart
      ? applications[place].principalRevision
      : foreignPrincipals[place - Self.foreignStart].revision
  }

  /// A service principal that has changed, as it is now.
  func principalDeltaObject(atPlace place: Int, _ selected: [String]) -> JSON {
    let deletedAt =
      place < Self.foreignStart
      ? applications[place].deletedAt : foreignPrincipals[place - Self.foreignStart].deletedAt
    let object = principalObject(atPlace: place, selected)
    guard deletedAt != nil else { return object }
    return .object(
      principalObject(atPlace: place, ["id"]).members
        + [(key: "@removed", value: ["reason": "deleted"])])
  }

  private func principalObject(atPlace place: Int, _ selected: [String]) -> JSON {
    let number = place - ListCursor.populationStart
    let principal: ServicePrincipal? =
      if number >= 0 {
        touchedNumbers[number].map { self.principal(of: applications[$0]) }
          ?? population?.principal(number)
      } else if place >= Self.foreignStart {
        foreignPrincipals[place - Self.foreignStart]
      } else {
        self.principal(of: applications[place])
      }
    let object =
      principal?.object(in: id, showsKeys: selected.contains("keyCredentials")) ?? [:]
    return selected.isEmpty ? object : object.selecting(selected)
  }

  /// The next place at which a service principal is, this one included.
  private func nextPrincipalPlace(from place: Int) -> Int? {
    var place = place
    while place < applications.count {
      let application = applications[place]
      let isOther = application.populationNumber == nil && application.hasServicePrincipal
      if isOther && application.deletedAt == nil { return place }
      place += 1
    }
    place = max(place, Self.foreignStart)
    while place < Self.foreignStart + foreignPrincipals.count {
      if foreignPrincipals[place - Self.foreignStart].deletedAt == nil { return place }
      place += 1
    }
    place = max(place, ListCursor.populationStart)
    let end = ListCursor.populationStart + (population?.principalCount ?? 0)
    while place < end {
      let position = touchedNumbers[place - ListCursor.populationStart]
      if position.map({ applications[$0].deletedAt == nil }) ?? true { return place }
      place += 1
    }
    return nil
  }
}
