import Adapters
import Foundation
import Keyturn
import NIOHTTP1
import Testing

/// Control characters and escape sequences from outside never reach a terminal as they are.
@Suite struct HostileTextTests {
  private static let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}red\u{9b}31m\r\n\u{202e}evil\u{0}\u{8}"

  /// A text's characters that a terminal would act upon; our own colours and line are left out.
  static func acting(in text: String) -> [String] {
    let own = text.replacing(/\u{1b}\[[0-9;]*m|\r\u{1b}\[2K/, with: "")
    let bad = own.unicodeScalars.filter { scalar in
      switch scalar.value {
      case 0x0A: false
      case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
      default: false
      }
    }
    return bad.map { String($0.value, radix: 16) }
  }

  /// Runs every command that shows something, and scans what it showed.
  private func scan(_ stage: Stage, _ transport: HTTPTransport? = nil) async {
    for arguments in [
      ["status"], ["status", Stage.name], ["plan"], ["history"], ["validate"], ["check"],
      ["check", "--json"], ["report", "--format", "html"], ["report", "--format", "json"],
      ["show", Stage.name], ["rotate", Stage.name, "--dry-run"],
    ] {
      for colors in [false, true] {
        let telling = await stage.run(arguments, colors: colors, transport: transport)
        #expect(Self.acting(in: telling.everything).isEmpty, "\(arguments)")
      }
    }
  }

  @Test func `from the token service`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let text = try #require(
      String(
        data: JSONEncoder().encode([
          "error": Self.hostile,
          "error_description": "AADSTS7000999: \(Self.hostile) Trace ID: \(Self.hostile)",
          "correlation_id": Self.hostile, "trace_id": Self.hostile,
        ]), encoding: .utf8))
    for (status, body) in [(401, text), (400, Self.hostile), (503, text), (200, Self.hostile)] {
      let answer = HTTPExchangeResponse(
        status: status, headers: ["Content-Type": "text/\u{1b}[31m"], body: Data(body.utf8))
      let transport = HTTPTransport { _ in answer }
      let telling = await stage.run("validate", Stage.name, transport: transport)
      #expect(telling.status != 0)
      #expect(Self.acting(in: telling.everything).isEmpty)
      stage.pass(days: 1)
      await scan(stage, transport)
    }
  }

  @Test func `from the command line`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    for arguments in [
      ["status", Self.hostile], ["history", Self.hostile], ["rotate", Self.hostile],
      ["confirm", Stage.name, "--consumer", Self.hostile], ["show", Self.hostile],
      ["record", Stage.name, "--expires", Self.hostile], [Self.hostile],
      ["status", "--\(Self.hostile)"], ["show", Stage.name, "--field", Self.hostile],
      ["check", "--config", Self.hostile], ["init", "--config", "/dev/null/\(Self.hostile)"],
    ] {
      let telling = await stage.run(arguments)
      #expect(Self.acting(in: telling.everything).isEmpty, "\(arguments.map { $0.shown() })")
    }
  }

  @Test func `from the configuration`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    let escaped = #"\e[2J\e]0;owned\a\x9b31m\r\n\u202eevil"#
    for (old, new) in [
      ("consumer: magentrix", "consumers: [{ name: \"\(escaped)\", type: manual }]"),
      ("secret_name: Magentrix D365 Secret", "secret_name: \"\(escaped)\""),
      ("\(Stage.name):", "\"\(escaped)\":"), ("tenant: contoso", "tenant: \"\(escaped)\""),
      ("environment: \(Stage.environment)", "environment: \"https://\(escaped)\""),
      ("database: ", "\"\(escaped)\": "),
    ] {
      try stage.reconfigure(old, new)
      await scan(stage)
      if await stage.run("status", Stage.name).status == 0 {
        let sheet = await stage.run("rotate", Stage.name, answers: [.end(at: "Value")]).ended(130)
        #expect(Self.acting(in: sheet.everything).isEmpty)
      }
      try stage.reconfigure(new, old)
    }
  }
}
