import Adapters
import Foundation
import Keyturn

/// What is true of reads that lag and go backwards: nothing is taken for gone on the word of one.
extension Checker {
  /// A process has its answer.
  func rememberRead(_ call: Call, _ result: Result<HTTPExchangeResponse, TransportFailure>) {
    guard call.request.method == "GET", !call.request.isAboutSignIns,
      case .success(let response) = result, response.status == 200,
      let connection = call.connection.flatMap({ world[$0] }),
      let application = world.tenant.application(appID: connection.connection.clientID)
    else { return }
    let body = String(decoding: response.body, as: UTF8.self)
    guard body.holds("passwordCredentials") else { return }
    let shown = application.history.map(\.keyID).filter(body.holds)
    call.sender.reads[connection.name, default: Reads()].add(Set(shown), at: call.sentAt)
  }

  /// A write says that something is not there.
  func checkAbsence(
    from old: ConsumerRecord?, _ change: RecordChange, _ connection: ManagedConnection,
    _ process: SimulatedProcess
  ) {
    let reads = process.reads.removeValue(forKey: connection.name) ?? Reads()
    guard let old else { return }
    var gone: [String?] = []
    for slot in [\ConsumerRecord.current, \.pending] {
      let (before, after) = (old[keyPath: slot], change.record[keyPath: slot])
      guard after?.failure?.kind == .missing, before?.failure?.kind != .missing else { continue }
      gone.append(after?.keyID)
    }
    if change.event.action == "attempts.swept" {
      expect(reads.agreed != nil, "I3: forgotten before five reads agreed", connection)
      let forgotten = old.leftovers.filter { !change.record.leftovers.contains($0) }
      gone += connection.history(in: world)
        .filter { secret in forgotten.contains { $0.isIt(secret) } }.map(\.keyID)
    }
    if old.rotation?.step == .retiring, change.record.rotation == nil,
      let keyID = old.previous?.keyID, process.removals.contains(keyID)
    {
      gone.append(keyID)
    }
    for keyID in gone.compactMap({ $0 }) {
      expect(
        reads.agreed?.contains(keyID) == false,
        "I3: \(keyID) was taken for gone, and five reads in a row did not say so", connection)
    }
  }
}

/// The answers that one process has had about the secrets of one application.
struct Reads {
  /// The key ids that the last five answers in a row showed alike, a second apart or more.
  private(set) var agreed: Set<String>?
  private var last: Set<String>?
  private var count = 0
  private var askedAt = -Double.infinity

  /// Another answer, to what was asked then.
  mutating func add(_ shown: Set<String>, at moment: Double) {
    guard shown == last else {
      (last, count, askedAt) = (shown, 1, moment)
      return
    }
    guard moment >= askedAt + 1 else { return }
    askedAt = moment
    count += 1
    if count >= 5 { agreed = shown }
  }
}
