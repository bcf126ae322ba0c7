import Foundation
import Keyturn
import SimulatedTenant
import TestSupport
import Testing

@testable import KeyturnCommand

/// Messages as whoever installs keyturn meets them: a route, a night, the list of what was sent.
@Suite struct NotifyTests {
  /// A program that keeps what it is told, beside the installation.
  private func stage(exit status: Int = 0) async throws -> Stage {
    let stage = try await Stage(
      settings: ["notify: { routes: { script: { command: [./tell] } } }"], programs: true)
    try write(
      "cat >> '\(told(stage))'; echo >> '\(told(stage))'; echo noted; exit \(status)", stage)
    try stage.reconfigure("[./tell]", "[\(stage.folder.path)/tell]")
    await stage.adopt()
    return stage
  }

  private func write(_ script: String, _ stage: Stage) throws {
    let path = stage.folder.appending(path: "tell").path
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
  }

  private func told(_ stage: Stage) -> String { stage.folder.appending(path: "told").path }

  private func documents(_ stage: Stage) throws -> [[String: Any]] {
    guard let text = try? String(contentsOfFile: told(stage), encoding: .utf8) else { return [] }
    return try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func `a night tells once, and the list shows the receipt`() async throws {
    let stage = try await stage()
    await stage.run("check").ended(1)
    stage.pass(days: 1)
    await stage.run("check").ended(1)
    #expect(try documents(stage).count == 1)
    let list = await stage.run("notify", "list").ended(0)
    #expect(list.printed.contains("script"))
    #expect(list.printed.contains("WARNING: magentrix-d365 expires in"))
    #expect(list.printed.contains("delivered"))
    let json = await stage.run("notify", "list", "--json").ended(0)
    #expect(json.printed.contains("\"receipt\" : \"noted\""))
    #expect(!json.printed.contains(stage.seeded.value))
  }

  @Test func `a route that fails is told by the exit status, and makes up for it`() async throws {
    let stage = try await stage(exit: 75)
    await stage.run("check").ended(1).printing("the route script does not deliver")
    stage.pass(days: 1)
    await stage.run("check").ended(3)
    try write("cat >> '\(told(stage)).later'", stage)
    stage.pass(days: 1)
    await stage.run("check").ended(1)
    let text = try String(contentsOfFile: told(stage) + ".later", encoding: .utf8)
    #expect(text.contains("expires in 2"))
  }

  @Test func `a route is tried with what its receiver says`() async throws {
    let stage = try await stage()
    let good = await stage.run("notify", "test", "script").ended(0)
    #expect(good.printed.contains("script: delivered: noted"))
    try write("exit 1", stage)
    await stage.run("notify", "test", "script").ended(69)
    await stage.run("notify", "test", "nobody").ended(64)
  }

  @Test func `a snoozed warning is quiet, shown, and ends by itself`() async throws {
    let stage = try await stage()
    await stage.run(
      "snooze", Stage.name, "--until", stage.day(10), "--reason", "the move"
    ).ended(0)
    await stage.run("check").ended(0)
    #expect(try documents(stage).isEmpty)
    let history = await stage.run("history").ended(0)
    #expect(history.printed.contains("snooze.set"))
    #expect(history.printed.contains("the move"))
    stage.pass(days: 11)
    await stage.run("check").ended(1)
    #expect(try documents(stage).count == 1)
  }

  @Test func `no snooze reaches into the last week`() async throws {
    let stage = try await stage()
    let late = await stage.run("snooze", Stage.name, "--until", stage.day(20)).ended(64)
    #expect(late.said.contains("the latest day is"))
    await stage.run("snooze", Stage.name, "--until", "2020-01-01").ended(64)
    await stage.run("snooze", Stage.name).ended(64)
    await stage.run("snooze", Stage.name, "--until", stage.day(5)).ended(0)
    await stage.run("snooze", Stage.name, "--off").ended(0)
    await stage.run("check").ended(1)
  }
}

extension Stage {
  /// The day so many days from now.
  fileprivate func day(_ days: Double) -> String {
    Timestamp.day(clock.now.addingTimeInterval(days * 86_400))
  }
}
