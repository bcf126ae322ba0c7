import Adapters
import Foundation
import Keyturn
import SimulatedTenant

/// What is true of the tenant at every request.
extension Checker {
  // MARK: Sending

  /// A process is about to send a request.
  func isSending(_ request: TenantRequest, about name: String?, by process: SimulatedProcess) {
    hear(request.path + request.query, from: "an address")
    guard request.method == "POST", request.isPasswordChange || !process.unsaved.isEmpty else {
      return
    }
    let body = String(decoding: request.body, as: UTF8.self)
    let connection = name.flatMap { world[$0] }
    if request.isPasswordChange { hear(body, from: "a request to Graph") }
    if request.isAddition, let marker = Self.marker(in: body) {
      expect(
        connection?.ledger.doubtful.contains(marker) != true,
        "I3: an addition is repeated that may have been made", connection)
      let maker = connection?.ledger.makers.updateValue(process.number, forKey: marker)
      expect(
        maker == nil || maker == process.number, "I3: resumed without taking over", connection)
    }
    if request.isRemoval, let keyID = Self.keyID(in: body) {
      process.unsaved[keyID] = nil
      process.removals.insert(keyID)
      let current = connection?.record?.current
      let secret = connection?.secret(keyID, in: world)
      let isCurrent = secret.map { current?.isIt($0) == true } ?? false
      let isExcused = current?.value.map { connection?.ledger.excused[$0.reveal()] != nil } ?? false
      expect(!isCurrent || isExcused, "I1: the current secret is to be removed", connection)
    } else if process.unsaved.values.contains(where: { $0.connection == name }) {
      let usesIt = process.unsaved.values.contains { body.holds($0.value) }
      expect(
        !usesIt && !request.isAddition, "I7: something else is done before a value is kept",
        connection)
    }
  }

  private static func keyID(in body: String) -> String? {
    body.firstRange(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/).map { String(body[$0]) }
  }

  private static func marker(in body: String) -> String? {
    body.firstRange(of: /kt-[0-9a-f]{4}-[0-9a-f]{6}/).map { String(body[$0]) }
  }

  /// A change has left for Graph.
  func isOnItsWay(_ call: Call) {
    call.connection.flatMap { world[$0] }?.ledger.onTheWay += 1
  }

  /// A change has arrived.
  func hasArrived(_ call: Call) {
    guard let ledger = call.connection.flatMap({ world[$0] })?.ledger else { return }
    ledger.onTheWay -= 1
    if ledger.arrivals.count > 30 { ledger.arrivals.removeFirst(20) }
    let isStray = !call.sender.isAlive || call.result != nil
    ledger.arrivals.append((world.now, call.sender.number, isStray))
  }

  // MARK: Answers

  /// The tenant has answered; nobody may have heard it yet.
  func hasResponded(_ call: Call, _ response: TenantResponse) {
    guard let connection = call.connection.flatMap({ world[$0] }) else { return }
    if let value = call.secret, response.status == 200 {
      connection.ledger.accepted.insert(value)
    }
    guard call.isWrite else { return }
    if response.status >= 300 { connection.ledger.refusedAt = world.now }
    let cause: Cause = .keyturn(call)
    update(connection, cause)
  }

  /// A process has its answer.
  func wasAnswered(_ call: Call, _ result: Result<HTTPExchangeResponse, TransportFailure>) {
    rememberDoubt(call, result)
    rememberRead(call, result)
    guard call.request.isAddition, case .success(let response) = result, response.status == 200,
      let name = call.connection, let connection = world[name],
      let keyID = Self.keyID(in: String(decoding: response.body, as: UTF8.self)),
      let secret = connection.secret(keyID, in: world)
    else { return }
    call.sender.unsaved[keyID] = Unsaved(connection: name, value: secret.value)
  }

  /// A conflict, or no answer to what has left, says nothing of whether an addition was made.
  private func rememberDoubt(
    _ call: Call, _ result: Result<HTTPExchangeResponse, TransportFailure>
  ) {
    guard call.request.isAddition, let connection = call.connection.flatMap({ world[$0] }),
      let marker = Self.marker(in: String(decoding: call.request.body, as: UTF8.self))
    else { return }
    let isDoubtful =
      switch result {
      case .success(let response): response.status == 409
      case .failure(let failure): [.closed, .timedOut(30)].contains(failure.reason)
      }
    if isDoubtful { connection.ledger.doubtful.insert(marker) }
  }

  /// A process has done its work.
  func processEnds(_ process: SimulatedProcess) {
    guard let lost = process.unsaved.first(where: { !$0.value.isInDoubt }) else { return }
    fail(
      "I7: \(process) ends, and the value of \(lost.key) is neither kept nor removed",
      about: world[lost.value.connection])
  }

  // MARK: The truth

  /// Who changed the secrets of an application.
  enum Cause {
    case keyturn(Call)
    /// Somebody in the portal who knows nothing of keyturn.
    case stranger
    /// Somebody in the portal who does what keyturn asks for.
    case administrator
  }

  /// Compares an application's secrets with what they were.
  func update(_ connection: ManagedConnection, _ cause: Cause) {
    guard let application = world.tenant.application(appID: connection.connection.clientID) else {
      return
    }
    let ledger = connection.ledger
    for (index, secret) in application.history.enumerated() {
      let isRemoved = secret.removedAt != nil
      guard index < ledger.seen.count else {
        ledger.seen.append(Ledger.Sight(isRemoved: isRemoved))
        continue
      }
      guard ledger.seen[index].isRemoved != isRemoved else { continue }
      ledger.seen[index].isRemoved = isRemoved
      if isRemoved {
        wasRemoved(secret, connection, cause)
      } else {
        // A lost update brought it back, and nobody can have expected that.
        ledger.excused[secret.value] = "brought back by a lost update"
      }
    }
  }

  private func wasRemoved(
    _ secret: IssuedSecret, _ connection: ManagedConnection, _ cause: Cause
  ) {
    world.trace.add(world.now, "tenant: \(secret.keyID.prefix(4)) of \(connection.name) is gone")
    let ledger = connection.ledger
    guard case .keyturn(let call) = cause,
      call.request.isRemoval, String(decoding: call.request.body, as: UTF8.self).holds(secret.keyID)
    else {
      let reason = if case .keyturn = cause { "lost update" } else { "deleted in the portal" }
      ledger.excused[secret.value] = reason
      return
    }
    if secret.expiresAt > world.date,
      let holder = connection.consumers.first(where: { $0.holds == secret.value })
    {
      fail("I4: what \(holder.name) uses was removed", about: connection)
    }
    if call.sentAt < ledger.restoredAt {
      ledger.excused[secret.value] = "removed before the restore"
    }
    guard let record = connection.record else { return }
    let step = record.rotation?.step
    let isExcused = ledger.excused[secret.value] != nil
    expect(
      isExcused || record.current?.value?.reveal() != secret.value,
      "I1: the current secret was removed", connection)
    if record.previous?.value?.reveal() == secret.value, !isExcused {
      expect(step == .retiring, "I4: the previous secret was removed undeclared", connection)
    }
    if record.pending?.value?.reveal() == secret.value, !isExcused {
      expect(step == .abandoning, "I7: the pending secret was removed undeclared", connection)
    }
    let isOurs =
      ledger.declared.contains(secret.value)
      || secret.marker.map { ledger.markers.contains($0) } ?? false
    expect(isOurs || isExcused, "I3: a secret was removed that is not ours to remove", connection)
  }
}

extension ManagedConnection {
  /// Every secret that its application ever had.
  func history(in world: World) -> [IssuedSecret] {
    world.tenant.application(appID: connection.clientID)?.history ?? []
  }

  /// A secret of its application, removed or not.
  func secret(_ keyID: String, in world: World) -> IssuedSecret? {
    history(in: world).first { $0.keyID == keyID }
  }

  /// Whether a value opens its application now, in the tenant's own truth.
  func isValid(_ value: String, in world: World) -> Bool {
    history(in: world).contains { $0.value == value && $0.isValid(at: world.date) }
  }
}

extension ClientSecret {
  /// Whether it is this one in the tenant's own truth, whatever key id somebody copied.
  func isIt(_ secret: IssuedSecret) -> Bool {
    value.map { $0.reveal() == secret.value } ?? (keyID == secret.keyID)
  }
}

extension Leftover {
  /// Whether it leads to a secret of the tenant: by its key id or its marker, and its first characters.
  func isIt(_ secret: IssuedSecret) -> Bool {
    secret.value.hasPrefix(hint ?? "")
      && (keyID == secret.keyID || (marker != nil && marker == secret.marker))
  }
}

extension IssuedSecret {
  /// What its display name ends in, if that is a marker.
  var marker: String? {
    displayName?.split(separator: " ").last.map(String.init).flatMap {
      $0.hasPrefix("kt-") ? $0 : nil
    }
  }
}
