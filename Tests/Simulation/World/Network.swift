import Adapters
import Foundation
import Keyturn
import NIOHTTP1
import SimulatedTenant
import TestSupport

/// One request on its way, and what came of it.
final class Call {
  let request: TenantRequest
  let peer: TransportFailure.Peer
  let sender: SimulatedProcess
  let ticket: Int
  /// The connection it is about, as far as the request shows.
  let connection: String?
  let step: Rotation.Step?
  let sentAt: Double
  var result: Result<HTTPExchangeResponse, TransportFailure>?
  /// The value in the form of a token request.
  private(set) lazy var secret = request.clientSecret

  init(
    _ request: TenantRequest, peer: TransportFailure.Peer, sender: SimulatedProcess, ticket: Int,
    connection: String?, step: Rotation.Step?
  ) {
    self.request = request
    self.peer = peer
    self.sender = sender
    self.ticket = ticket
    self.connection = connection
    self.step = step
    sentAt = sender.world.now
  }

  /// Whether it changes something at Graph.
  var isWrite: Bool { request.isPasswordChange }
}

extension TenantRequest {
  var isAddition: Bool { method == "POST" && path.hasSuffix("/addPassword") }
  var isRemoval: Bool { method == "POST" && path.hasSuffix("/removePassword") }
  var isPasswordChange: Bool { isAddition || isRemoval }
  var isAboutSignIns: Bool {
    path.hasSuffix("/appCredentialSignInActivities") || path.hasSuffix("/auditLogs/signIns")
  }
}

extension World {
  /// Seconds after which the real client gives up.
  private static let patience = 30.0

  /// The network as one process reaches it.
  func exchange(
    _ request: HTTPExchangeRequest, of process: SimulatedProcess
  ) async throws(TransportFailure) -> HTTPExchangeResponse {
    let peer = TransportFailure.Peer(request.url)
    let arriving = TenantRequest(request)
    let connection = connectionName(of: arriving)
    let step = step(of: connection)
    let delay = chance.number(0.001...0.02) + stall(process, step)
    guard await process.pause(delay) else { throw TransportFailure(peer, .interrupted) }
    if chance.happens(weather.near(step).crash) {
      kill(process, .killedBeforeRequest, step: step)
      throw TransportFailure(peer, .interrupted)
    }
    checker.isSending(arriving, about: connection, by: process)
    var call: Call?
    let isAlive = await process.wait { ticket in
      let sent = Call(
        arriving, peer: peer, sender: process, ticket: ticket, connection: connection, step: step)
      call = sent
      send(sent)
    }
    guard isAlive, let result = call?.result else { throw TransportFailure(peer, .interrupted) }
    return try result.get()
  }

  // MARK: On its way

  private func send(_ call: Call) {
    let weather = weather.near(call.step)
    let flight = chance.number(0.01...0.4)
    if chance.happens(weather.crash) {
      kill(call.sender, .killedInFlight, step: call.step)
      let isLate = chance.happens(0.3)
      if isLate { count(.requestLate, call.step) }
      arrive(call, in: isLate ? chance.magnitude(60...Self.longestDelay) : flight)
      return
    }
    guard chance.happens(weather.network) else {
      arrive(call, in: flight)
      return
    }
    let kinds: [Fault] =
      call.request.method == "GET"
      ? [.unreachable, .requestLost, .answerLost, .answerSlow, .gatewayBefore]
      : [
        .unreachable, .requestLost, .requestLate, .answerLost, .answerSlow, .duplicated,
        .gatewayBefore, .gatewayAfter,
      ]
    let fault = chance.pick(kinds)
    count(fault, call.step)
    trace.add(now, "\(call.sender) \(call.request.summary): \(fault.rawValue)")
    meet(fault, call, flight)
  }

  private func meet(_ fault: Fault, _ call: Call, _ flight: Double) {
    switch fault {
    case .unreachable:
      answer(call, in: flight, .failure(TransportFailure(call.peer, .unreachable)))
    case .requestLost:
      giveUp(call)
    case .requestLate:
      giveUp(call)
      arrive(call, in: chance.magnitude(31...Self.longestDelay))
    case .answerLost:
      arrive(call, in: flight) { [self] _ in
        guard chance.happens(0.5) else { return }
        answer(call, in: 0.01, .failure(TransportFailure(call.peer, .closed)))
      }
      giveUp(call)
    case .answerSlow:
      giveUp(call)
      arrive(call, in: flight, answeredIn: chance.number(1...45))
    case .duplicated:
      arrive(call, in: flight)
      arrive(call, in: flight + chance.magnitude(0.05...600))
    case .gatewayBefore:
      answer(call, in: flight, .success(gateway()))
    case .gatewayAfter:
      arrive(call, in: flight) { [self] _ in
        answer(call, in: chance.number(0.1...20), .success(gateway()))
      }
    default:
      arrive(call, in: flight)
    }
  }

  private func gateway() -> HTTPExchangeResponse {
    let status = chance.pick([500, 502, 503, 504])
    return HTTPExchangeResponse(
      status: status, headers: ["Content-Type": "text/html"],
      body: Data("<html><body>upstream error</body></html>".utf8))
  }

  /// The tenant gets the request; whoever still waits gets the answer.
  private func arrive(
    _ call: Call, in delay: Double, answeredIn back: Double? = nil,
    then deliver: ((TenantResponse) -> Void)? = nil
  ) {
    if call.isWrite { checker.isOnItsWay(call) }
    after(delay) { [self] in
      let response = respond(to: call)
      if call.isWrite { checker.hasArrived(call) }
      if let deliver { return deliver(response) }
      let back = back ?? chance.number(0.01...0.4)
      if call.sender.isAlive, chance.happens(weather.near(call.step).crash) {
        after(back / 2) { self.kill(call.sender, .killedAfterEffect, step: call.step) }
      }
      let result: Result<HTTPExchangeResponse, TransportFailure> =
        response.delivery == .normal
        ? .success(HTTPExchangeResponse(response))
        : .failure(TransportFailure(call.peer, .closed))
      answer(call, in: back, result)
    }
  }

  private func giveUp(_ call: Call) {
    answer(call, in: Self.patience, .failure(TransportFailure(call.peer, .timedOut(Self.patience))))
  }

  /// Lets the sender go on, if it still waits for this.
  private func answer(
    _ call: Call, in delay: Double, _ result: Result<HTTPExchangeResponse, TransportFailure>
  ) {
    let delay = delay + stall(call.sender, call.step)
    after(delay) { [self] in
      guard call.result == nil, call.sender.isAlive else { return }
      call.result = result
      checker.wasAnswered(call, result)
      call.sender.wake(call.ticket)
    }
  }

  // MARK: At the tenant

  private func respond(to call: Call) -> TenantResponse {
    tenant.now = date
    let before = tenant.faults
    if call.request.isAboutSignIns {
      for connection in connections { connection.reportSignIns(in: self) }
    }
    let response = tenant.respond(to: call.request)
    countTenantFaults(call, response, before: before)
    checker.hasResponded(call, response)
    if call.isWrite || !call.sender.isAlive {
      trace.add(now, "tenant: \(call.sender) \(call.request.summary) → \(response.status)")
    } else {
      trace.add(now, "\(call.sender) \(call.request.summary) → \(response.status)")
    }
    return response
  }

  private func connectionName(of request: TenantRequest) -> String? {
    let text = request.path
    if let found = connections.first(where: { text.holds($0.objectID) }) { return found.name }
    if let found = connections.first(where: { text.holds($0.connection.clientID) }) {
      return found.name
    }
    guard request.method == "POST", !request.isPasswordChange else { return nil }
    let body = String(decoding: request.body, as: UTF8.self)
    return connections.first { body.holds($0.connection.clientID) }?.name
  }
}

extension TenantRequest {
  /// What it asks for, for the history; never with its body.
  var summary: String {
    "\(method) \(path.split(separator: "/").suffix(2).joined(separator: "/"))"
  }
}
