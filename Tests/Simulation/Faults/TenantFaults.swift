import Foundation
import Keyturn
import SimulatedTenant

/// Which of the tenant's faults an answer shows.
extension World {
  func countTenantFaults(_ call: Call, _ response: TenantResponse, before: Faults) {
    let step = call.step
    if response.status == 429 || before.isThrottling(more: tenant.faults) {
      count(.throttled, step)
    }
    if before.concurrencyViolations > tenant.faults.concurrencyViolations {
      count(.concurrencyViolation, step)
    }
    if before.lostAnswers > tenant.faults.lostAnswers { count(.answerLost, step) }
    if before.lostUpdates > tenant.faults.lostUpdates { count(.lostUpdate, step) }
    if call.isWrite { countRefusal(call, response, before) } else { countOldNews(call, response) }
  }

  private func countRefusal(_ call: Call, _ response: TenantResponse, _ faults: Faults) {
    let code = { (text: String) in String(decoding: response.body, as: UTF8.self).holds(text) }
    switch response.status {
    case 500 where call.request.isRemoval: count(.removalFails, call.step)
    case 403 where faults.writesForbidden: count(.writesForbidden, call.step)
    case 403 where code("ResourceSizeExceeded"): count(.full, call.step)
    case 400 where code("CredentialTypeNotAllowed"): count(.secretsForbidden, call.step)
    case 400 where code("CredentialInvalidLifetime"): count(.lifetimeTooLong, call.step)
    case 400 where code("exceeds the limit"): count(.full, call.step)
    default: break
    }
  }

  private func countOldNews(_ call: Call, _ response: TenantResponse) {
    guard canBeOld(call.request), let connection = call.connection.flatMap({ self[$0] }),
      let application = tenant.application(appID: connection.connection.clientID)
    else { return }
    if call.request.method == "GET" {
      let body = String(decoding: response.body, as: UTF8.self)
      guard response.status == 200, body.holds("passwordCredentials") else { return }
      let isOld = application.history.contains { body.holds($0.keyID) != ($0.removedAt == nil) }
      if isOld { count(.staleRead, call.step) }
    } else if let value = call.secret {
      let isValid = application.history.contains { $0.value == value && $0.isValid(at: date) }
      if response.status == 200 && !isValid { count(.stillAccepted, call.step) }
      if response.status == 401 && isValid { count(.notReplicated, call.step) }
    }
  }
}

extension World {
  /// Whether a read may show what is not so, or a replica may not know what is.
  private func canBeOld(_ request: TenantRequest) -> Bool {
    guard request.method == "GET" else { return replication.tokenReplicas > 1 }
    return replication.graphLag.upperBound > 0 || tenant.faults.flapping
      || tenant.faults.readStaleness > 0
  }

  private var replication: Replication { tenant.replication }
}

extension Faults {
  /// Whether one of these throttles has been used up a little since.
  fileprivate func isThrottling(more later: Faults) -> Bool {
    tokenThrottle != later.tokenThrottle || graphThrottle != later.graphThrottle
  }
}

extension TenantRequest {
  /// The value in the form of a token request.
  var clientSecret: String? {
    guard method == "POST", !isPasswordChange else { return nil }
    let name = "client_secret="
    let field = [UInt8](body).split(separator: UInt8(ascii: "&")).first {
      $0.starts(with: name.utf8)
    }
    return field.flatMap {
      String(decoding: $0.dropFirst(name.utf8.count), as: UTF8.self).removingPercentEncoding
    }
  }
}
