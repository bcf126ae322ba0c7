import Foundation
import Keyturn
import TestSupport
import Testing

extension Message {
  /// Names and texts as nobody wants them.
  static let hostileTexts = [
    "<script>alert(1)</script>", #""quoted" 'single' <b onload="x">"#,
    "two\r\nBcc: eve@example.com\r\n\r\nbody", "\u{1b}[31mred\u{7}\u{9b}2J", "=cmd|' /C calc'!A0",
    "\u{202e}desrever\u{2066}\u{200f}", String(repeating: "x", count: 10_000),
    String(repeating: "日本語🔐 ", count: 2_500), String(repeating: "&", count: 10_000),
    String(repeating: "\"<", count: 5_000),
    "<!channel> &amp; <@U1> <https://evil.example|x>",
    "[click](https://evil.example) **bold**", ".", "From here on", "=?UTF-8?B?eA==?=", " ", "a=20b",
    "e" + String(repeating: "\u{301}", count: 5_000), "\u{0}\u{2028}\u{feff}",
  ]

  /// A message of an ordinary night.
  static func sample(_ lines: [Line] = [.sample()], recipients: [String] = []) -> Message {
    Message(
      id: "0193a0d2-7c00-7abc-8def-0123456789ab", route: "admins", recipients: recipients,
      at: TestWorld.night, host: "crm01", lines: lines,
      next: Event(
        at: TestWorld.night.addingTimeInterval(3 * 86_400), connection: "payroll",
        what: "the overlap of the rotation ends"))
  }

  /// A message in which every text is this one.
  static func hostile(_ text: String) -> Message {
    let line = Line(
      kind: .news, connection: text, tenant: text, owner: text, application: text, keyID: text,
      code: .expiring, severity: .warning, text: text, remedy: text,
      due: TestWorld.night.addingTimeInterval(9 * 86_400), since: TestWorld.night)
    return Message(
      id: text, route: text, at: TestWorld.night, host: text,
      lines: Array(repeating: line, count: 12),
      next: Event(at: TestWorld.night, connection: text, what: text))
  }
}

extension Message.Line {
  /// A secret that ends in six days.
  static func sample(
    _ connection: String? = "magentrix-d365", kind: Kind = .news, severity: Severity = .critical,
    code: Finding.Code = .expiring, daysLeft: Double = 6.5
  ) -> Message.Line {
    Message.Line(
      kind: kind, connection: connection, tenant: "contoso", owner: "crm@contoso.com",
      application: Connection.entraClient, keyID: "f0b0b335-1d71-4883-8f98-567911bfdca6",
      code: code,
      severity: severity, text: "the secret in use expires in 6 days, on 2026-11-28",
      remedy: "run keyturn rotate magentrix-d365 and hand the new value over",
      due: TestWorld.night.addingTimeInterval(daysLeft * 86_400),
      since: TestWorld.night.addingTimeInterval(-86_400))
  }
}

/// What a delivery fails with; an issue where it does not fail.
func deliveryFailure(
  sourceLocation: SourceLocation = #_sourceLocation,
  _ delivery: () async throws -> String
) async throws -> DeliveryFailure {
  let failure = await #expect(throws: DeliveryFailure.self, sourceLocation: sourceLocation) {
    try await delivery()
  }
  return try #require(failure, sourceLocation: sourceLocation)
}

/// A folder of a test's own.
func withNotificationFolder<T>(_ body: (URL) async throws -> T) async throws -> T {
  let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    .appending(path: "keyturn-\(UUID().uuidString)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder)
}

extension URL {
  /// Writes a file of this folder, and returns its path.
  @discardableResult
  func file(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let path = appending(path: name).path
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  /// The text of a file of this folder.
  func text(_ name: String) throws -> String {
    try String(contentsOf: appending(path: name), encoding: .utf8)
  }
}
