import Adapters
import Foundation
import Keyturn

/// Everything a command needs from outside; tests put their own in its place.
struct World: Sendable {
  var context: Context
  var terminal: Terminal
  var environment: [String: String]
  /// The user who runs it: real name, sudo's, host, and whether at a terminal or from where else.
  var actor: String
  var isRoot: Bool
  /// The machine's name, for whoever gets messages of several.
  var host = "localhost"
  /// The umask that the user's own files are made with; whatever keyturn keeps is stricter.
  var creationMask: mode_t = 0o022
  /// What HTTP goes through.
  var makeTransport: @Sendable (HTTPSettings) throws -> HTTPTransport

  /// The machine as it is.
  static func live(creationMask: mode_t = 0o022) -> World {
    let environment = ProcessInfo.processInfo.environment
    let terminal = Terminal.live(environment: environment)
    return World(
      context: .live, terminal: terminal, environment: environment,
      actor: actor(environment, isInteractive: terminal.isInteractive), isRoot: geteuid() == 0,
      host: hostName(), creationMask: creationMask, makeTransport: { try HTTPTransport.live($0) })
  }

  private static func actor(_ environment: [String: String], isInteractive: Bool) -> String {
    let uid = getuid()
    let user = getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(uid)"
    let sudo = environment["SUDO_USER"].map { " for \($0.shown(upTo: 32))" } ?? ""
    let place = place(environment, isInteractive: isInteractive)
    return "\(user)\(sudo)@\(hostName()) (\(place))"
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return host.shown(upTo: 64)
  }

  /// Where it was called from: a terminal, or what the caller says of itself in `KEYTURN_CALLER`.
  ///
  /// Nothing that the kernel tells sets cron apart from any other program that has no terminal, so the
  /// nightly job says it. The word is a hint and no proof, which is why it never takes the place of a
  /// terminal that is there, nor can be made to look like one.
  static func place(_ environment: [String: String], isInteractive: Bool) -> String {
    if isInteractive { return "terminal" }
    guard let caller = environment["KEYTURN_CALLER"],
      caller.wholeMatch(of: /[a-z][a-z0-9-]{0,31}/) != nil, caller != "terminal"
    else { return "no terminal" }
    return caller
  }
}
