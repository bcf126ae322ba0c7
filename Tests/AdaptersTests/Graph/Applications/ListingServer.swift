import Foundation
import Keyturn
import NIOHTTP1
import Synchronization
import TestSupport

@testable import Adapters

/// A tenant of which nothing is known but its applications, with pages as small as a test wants them.
final class ListingServer: Sendable {
  struct State: Sendable {
    var applications: [GUID: ObservedApplication] = [:]
    /// Object ids in the order of the listing.
    var order: [GUID] = []
    /// What changed, in order; a mark is a place in it.
    var changes: [GUID] = []
    var pageSize = 3
    /// Whether changes of client secrets are told; nobody knows whether Microsoft does.
    var tellsOfSecrets = true
    /// Answers that come first, whatever is asked; nil lets a request through.
    var faults: [HTTPExchangeResponse?] = []
    var requests: [HTTPExchangeRequest] = []
  }

  private let state = Mutex(State())

  var transport: HTTPTransport { HTTPTransport(exchange: { self.answer($0) }) }

  var requests: [HTTPExchangeRequest] { state.withLock { $0.requests } }

  /// The paths that were asked for since the last time.
  func takePaths() -> [String] {
    state.withLock { state in
      defer { state.requests = [] }
      return state.requests.map { $0.url.path() }
    }
  }

  func change<T: Sendable>(_ body: (inout State) -> T) -> T { state.withLock { body(&$0) } }

  /// Registers an application, or changes it.
  func put(_ application: ObservedApplication) {
    change { state in
      if state.applications[application.objectID] == nil {
        state.order.append(application.objectID)
      }
      let old = state.applications.updateValue(application, forKey: application.objectID)
      let isTold = state.tellsOfSecrets || old?.displayName != application.displayName
      if isTold { state.changes.append(application.objectID) }
    }
  }

  func remove(_ objectID: GUID) {
    change { state in
      state.applications[objectID] = nil
      state.order.removeAll { $0 == objectID }
      state.changes.append(objectID)
    }
  }

  func answer(_ request: HTTPExchangeRequest) -> HTTPExchangeResponse {
    change { state in
      state.requests.append(request)
      if !state.faults.isEmpty, let fault = state.faults.removeFirst() { return fault }
      let parts = URLComponents(url: request.url, resolvingAgainstBaseURL: false)
      func value(_ name: String) -> String? {
        parts?.queryItems?.first { $0.name == name }?.value
      }
      let segments = request.url.path().split(separator: "/").dropFirst(2)
      if segments.first == "delta" {
        return Self.delta(value("$deltatoken"), Int(value("$skiptoken") ?? "0") ?? 0, state)
      }
      if let id = segments.first.flatMap({ GUID(String($0)) }) {
        guard let found = state.applications[id] else {
          return Self.refusal(404, "Request_ResourceNotFound")
        }
        return .json(found.json)
      }
      let start = Int(value("$skiptoken") ?? "0") ?? 0
      let end = min(start + state.pageSize, state.order.count)
      let next = end < state.order.count ? "/v1.0/applications?$skiptoken=\(end)" : nil
      return Self.page(
        state.order[min(start, end)..<end].compactMap { state.applications[$0]?.json }, next: next)
    }
  }

  private static func delta(
    _ token: String?, _ skipped: Int, _ state: State
  ) -> HTTPExchangeResponse {
    let now = "/v1.0/applications/delta?$deltatoken=\(state.changes.count)"
    guard let since = token.flatMap(Int.init) else { return page([], delta: now) }
    var told: [GUID] = []
    for id in state.changes[min(since, state.changes.count)...] where !told.contains(id) {
      told.append(id)
    }
    let end = min(skipped + state.pageSize, told.count)
    let elements = told[min(skipped, end)..<end].map {
      state.applications[$0]?.json ?? #"{"id":"\#($0)","@removed":{"reason":"deleted"}}"#
    }
    let next = "/v1.0/applications/delta?$deltatoken=\(since)&$skiptoken=\(end)"
    return end < told.count ? page(elements, next: next) : page(elements, delta: now)
  }

  static func page(
    _ elements: [String], next: String? = nil, delta: String? = nil
  ) -> HTTPExchangeResponse {
    let origin = "https://graph.microsoft.com"
    let links = [
      next.map { #""@odata.nextLink":"\#($0.hasPrefix("/v1.0") ? origin : "")\#($0)","# },
      delta.map { #""@odata.deltaLink":"\#(origin)\#($0)","# },
    ].compactMap { $0 }.joined()
    return .json(#"{"@odata.context":"c",\#(links)"value":[\#(elements.joined(separator: ","))]}"#)
  }

  static func refusal(
    _ status: Int, _ code: String, retryAfter: Int? = nil
  ) -> HTTPExchangeResponse {
    var response = HTTPExchangeResponse.json(#"{"error":{"code":"\#(code)","message":"words"}}"#)
    response.status = status
    response.headers.add(name: "request-id", value: "93b6f17e")
    if let retryAfter { response.headers.add(name: "Retry-After", value: "\(retryAfter)") }
    return response
  }
}

extension HTTPExchangeResponse {
  static func json(_ text: String) -> HTTPExchangeResponse {
    HTTPExchangeResponse(
      status: 200, headers: ["Content-Type": "application/json"], body: Data(text.utf8))
  }
}

extension ObservedApplication {
  /// The application of a number, with secrets that end so many days after the tests' night.
  static func sample(_ number: Int, name: String? = nil, ends days: [Int] = []) -> Self {
    ObservedApplication(
      objectID: GUID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number)),
      clientID: GUID(high: 0xC11E_0000_0000_4000, low: UInt64(number)),
      displayName: name ?? "Application \(number)",
      secrets: days.enumerated().map { index, day in
        ObservedSecret(
          keyID: GUID(high: UInt64(number), low: UInt64(index + 1)), displayName: "secret \(index)",
          hint: "ab\(index)", startsAt: TestWorld.night.addingTimeInterval(-86_400 * 365),
          expiresAt: TestWorld.night.addingTimeInterval(86_400 * Double(day)))
      })
  }

  /// The application as Graph writes it.
  var json: String {
    func text(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
    let credentials = (secrets ?? []).map { secret in
      """
      {"customKeyIdentifier":null,"displayName":\(text(secret.displayName)),\
      "endDateTime":\(text(secret.expiresAt.map(Timestamp.format))),"hint":\(text(secret.hint)),\
      "keyId":"\(secret.keyID)","secretText":null,\
      "startDateTime":\(text(secret.startsAt.map(Timestamp.format)))}
      """
    }
    return """
      {"id":"\(objectID)","appId":\(text(clientID?.description)),\
      "displayName":\(text(displayName)),"passwordCredentials":[\(credentials.joined(separator: ","))]}
      """
  }
}
