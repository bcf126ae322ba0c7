import Foundation
import Keyturn
import NIOHTTP1

/// Tells a monitoring service that a night has begun, and how it has ended, so that nights that do
/// not come about are noticed by somebody who is not on this machine.
///
/// Nothing of it can end a night: whatever goes wrong is a value. The address is a secret, and no
/// message names more of it than the host.
/// Source: Healthchecks, "Pinging API".
public struct Heartbeat: Sendable {
  /// Seconds until a call must be answered.
  private static let patience: TimeInterval = 10
  /// The most that is sent of the last lines, in bytes.
  private static let longest = 10_000

  private let url: URL
  private let transport: HTTPTransport
  private let context: Context
  /// Ties the calls of one run together, so that its duration can be told.
  private let runID: String

  /// The heartbeat of one run.
  public init(url: URL, transport: HTTPTransport, context: Context) {
    self.url = url
    self.transport = transport
    self.context = context
    runID = context.uuid7()
  }

  /// Says that the run has begun.
  ///
  /// Returns: what went wrong; nil where the service has taken it.
  public func start() async -> DeliveryFailure? {
    await call("start", body: "")
  }

  /// Says how the run has ended: 0 is a success, and everything else a failure of that status.
  ///
  /// - Parameters:
  ///   - status: The exit status.
  ///   - lastLines: What was said at the end; at most 10 kB of them are sent, the last ones.
  /// - Returns: What went wrong; nil where the service has taken it.
  public func finish(status: Int32, lastLines: [String]) async -> DeliveryFailure? {
    // A status of a process has eight bits, and what is left of another must not look like a
    // success.
    let shown = (0...255).contains(status) ? status : 255
    return await call(shown == 0 ? nil : "\(shown)", body: Self.bounded(lastLines))
  }

  // MARK: - Calls

  private func call(_ event: String?, body: String) async -> DeliveryFailure? {
    guard let request = request(event, body: body) else {
      return DeliveryFailure(
        .refused, "the address of the heartbeat can't be used", remedy: "correct heartbeat:")
    }
    do {
      return judge(try await send(request))
    } catch {
      return DeliveryFailure(
        error.mayHaveBeenSent ? .uncertain : .refused, "the heartbeat: \(error.message)",
        remedy: error.remedy)
    }
  }

  /// Sends a call, and once more where no answer came: the service knows the run by its id.
  private func send(
    _ request: HTTPExchangeRequest
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    do {
      return try await transport.send(request)
    } catch {
      guard case .transient = error.callFailure.verdict, error.reason != .interrupted,
        (try? await context.sleep(1)) != nil
      else { throw error }
      return try await transport.send(request)
    }
  }

  private func request(_ event: String?, body: String) -> HTTPExchangeRequest? {
    guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else { return nil }
    if let event {
      while parts.percentEncodedPath.hasSuffix("/") { parts.percentEncodedPath.removeLast() }
      parts.percentEncodedPath += "/\(event)"
    }
    parts.percentEncodedQueryItems =
      (parts.percentEncodedQueryItems ?? []) + [URLQueryItem(name: "rid", value: runID)]
    guard let url = parts.url else { return nil }
    var request = HTTPExchangeRequest.get(url, headers: [:])
    if !body.isEmpty {
      request.method = .POST
      request.headers = ["Content-Type": "text/plain; charset=utf-8"]
      request.body = Data(body.utf8)
    }
    request.patience = Self.patience
    return request
  }

  private func judge(_ response: HTTPExchangeResponse) -> DeliveryFailure? {
    let host = (url.host() ?? "the service").shown(upTo: 100)
    let text = String(decoding: response.body.prefix(200), as: UTF8.self)
    // Healthchecks says 200 to everything that is well formed, and the rest in words.
    if response.status == 404 || text.contains("(not found)") {
      return DeliveryFailure(
        .refused, "\(host) does not know the heartbeat's address",
        remedy: "compare heartbeat: with the ping URL that the service shows")
    }
    if response.status == 429 || text.contains("(rate limited)") {
      return DeliveryFailure(
        .refused, "\(host) is called too often", remedy: "let keyturn check run less often",
        retryAfter: RetryAfter.seconds(in: response.headers, now: context.now()))
    }
    guard !(200...299).contains(response.status) else { return nil }
    return DeliveryFailure(
      response.status >= 500 ? .uncertain : .refused, "\(host) answered \(response.status)",
      remedy: "check heartbeat: in the configuration, and the state of the service")
  }

  /// The last lines that fit, each safe to show.
  private static func bounded(_ lines: [String]) -> String {
    var kept: [String] = []
    var size = 0
    for line in lines.reversed() {
      let line = line.shown(upTo: 1_000)
      size += line.utf8.count + 1
      guard size <= longest else { break }
      kept.append(line)
    }
    return kept.reversed().joined(separator: "\n")
  }
}
