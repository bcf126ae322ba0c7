import Foundation

/// What one client, or the whole tenant, may still ask for in a window of time.
struct RequestBudget: Sendable, Equatable {
  private var start = Date(timeIntervalSince1970: 0)
  private var used = 0

  /// Takes a cost out of the budget; what was asked for while nothing was left counts as well.
  ///
  /// - Returns: Seconds until the next window, where this one is used up.
  mutating func take(_ cost: Int, of limit: Int, per window: TimeInterval, at now: Date) -> Int? {
    if now < start || now.timeIntervalSince(start) >= window {
      start = now
      used = 0
    }
    used += cost
    guard used > limit else { return nil }
    return max(1, Int((window - now.timeIntervalSince(start)).rounded(.up)))
  }

  /// How much of the limit is used.
  func share(of limit: Int) -> Double { Double(used) / Double(max(1, limit)) }
}

/// The limits of Graph's identity service.
///
/// See <https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>.
extension Tenant {
  /// Resource units in ten seconds of an application in a tenant with more than 500 users.
  private static let resourceUnits = 8000
  private static let resourceWindow: TimeInterval = 10
  /// Requests in a minute that select `keyCredentials`, of all clients together.
  private static let keyRequests = 150
  private static let keyWindow: TimeInterval = 60
  /// From this share of the limit on, answers tell of it.
  private static let noticedShare = 0.8

  /// What a request to Graph costs.
  static func resourceUnits(of request: TenantRequest, _ collection: GraphCollection) -> Int {
    guard request.method == "GET", collection.name == "applications" else { return 1 }
    let query = FormFields(request.query)
    var cost = 2
    if query.nonEmpty("$select") != nil { cost -= 1 }
    if query.nonEmpty("$top").flatMap({ Int($0) }).map({ $0 < 20 }) ?? false { cost -= 1 }
    if query.nonEmpty("$expand") != nil { cost += 1 }
    return max(1, cost)
  }

  /// The answer to a request beyond a limit; `nil` for one that is within all of them.
  mutating func refusalBeyondLimits(
    _ request: TenantRequest, _ collection: GraphCollection, _ token: AccessToken
  ) -> TenantResponse? {
    if DirectoryList(rawValue: collection.name) != nil,
      Self.selection(of: request).contains("keyCredentials"),
      let seconds = keyBudget.take(1, of: Self.keyRequests, per: Self.keyWindow, at: now)
    {
      return throttled(request, seconds: seconds, scope: "Tenant/Read/\(id)")
    }
    let cost = Self.resourceUnits(of: request, collection)
    let seconds = resourceBudgets[token.appID, default: RequestBudget()].take(
      cost, of: resourceLimit, per: Self.resourceWindow, at: now)
    guard let seconds else { return nil }
    return throttled(
      request, seconds: seconds, scope: "Tenant_Application/ReadWrite/\(token.appID)/\(id)")
  }

  /// The properties that a request asks for, by itself or by the state of a delta.
  private static func selection(of request: TenantRequest) -> [String] {
    let query = FormFields(request.query)
    if let token = query.nonEmpty("$skiptoken") ?? query.nonEmpty("$deltatoken"),
      let state = try? DeltaState(token: token)
    {
      return state.selected
    }
    return query["$select"]?.split(separator: ",").map(String.init) ?? []
  }

  /// Tells the client what a request cost, and how near it is to the limit.
  func addUsage(
    to response: inout TenantResponse, _ request: TenantRequest, _ collection: GraphCollection,
    _ token: AccessToken
  ) {
    response.headers["x-ms-resource-unit"] = String(Self.resourceUnits(of: request, collection))
    let share = resourceBudgets[token.appID]?.share(of: resourceLimit) ?? 0
    guard share >= Self.noticedShare else { return }
    let tenths = Int((min(share, 1.8) * 10).rounded(.down))
    response.headers["x-ms-throttle-limit-percentage"] = "\(tenths / 10).\(tenths % 10)"
  }

  private var resourceLimit: Int { faults.resourceUnitLimit ?? Self.resourceUnits }

  private mutating func throttled(
    _ request: TenantRequest, seconds: Int, scope: String
  ) -> TenantResponse {
    var response = graphResponse(
      GraphFailure(429, "TooManyRequests", "Too many requests. Please wait and try again."),
      to: request)
    response.headers["Retry-After"] = String(seconds)
    response.headers["x-ms-throttle-information"] = "ResourceUnitLimitExceeded"
    response.headers["x-ms-throttle-scope"] = scope
    return response
  }
}
