import SimulatedTenant
import Testing

/// Where nobody can be asked, nothing asks: the answer's flag is named instead.
@Suite struct NoTerminalTests {
  private static let name = Stage.name

  @Test func `rotate names the flag for the value, and begins nothing`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    for _ in 1...2 {
      await stage.run("rotate", Self.name, "--guided").ended(64)
        .saying("asks for the new value, but standard input is not a terminal")
        .saying("keyturn: hint: pipe the value: keyturn rotate \(Self.name) --secret-stdin")
    }
    #expect(try await stage.step() == nil)
    let left = await stage.run("rotate", Self.name, answers: [.end(at: "Value")])
    left.ended(130)
    await stage.run("rotate", Self.name).ended(64).saying("--secret-stdin")
    #expect(try await stage.step() == "begun")
  }

  @Test func `record names the flags for the end`() async throws {
    let stage = try await Stage()
    await stage.run("record", Self.name).ended(64).saying("--expires DATE").saying("--created DATE")
    await stage.run("record", Self.name, "--secret-stdin", input: stage.seeded.value).ended(64)
      .saying("--expires DATE")
    #expect(try await stage.state()["version"] as? Int == 0)
  }

  @Test func `retire names --yes, before and after its declaration`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("confirm", Self.name).ended(0)
    await stage.run("retire", Self.name, "--now").ended(64).saying(
      "answer it beforehand with --yes")
    #expect(try await stage.step() == "handed_over")
    await stage.run(
      "retire", Self.name, "--now",
      answers: [.line(at: "no rollback.", "yes"), .end(at: "Is it deleted?")]
    ).ended(130)
    await stage.run("retire", Self.name).ended(64).saying("answer it beforehand with --yes")
    #expect(try await stage.step() == "retiring")
  }

  @Test func `rollback names --yes`() async throws {
    let stage = try await Stage()
    await stage.adopt()
    try await stage.rotate()
    await stage.run("rollback", Self.name).ended(64).saying("answer it beforehand with --yes")
    #expect(try await stage.step() == "switched")
  }

  @Test func `abandon names --yes`() async throws {
    let stage = try await Stage()
    await stage.run("rotate", Self.name, answers: [.end(at: "Value")]).ended(130)
    await stage.run("abandon", Self.name).ended(64).saying("answer it beforehand with --yes")
    #expect(try await stage.step() == "begun")
  }

  @Test func `piped into a finished rotation, a value is not swallowed`() async throws {
    let stage = try await Stage()
    try await stage.rotate()
    await stage.run("rotate", Self.name, "--secret-stdin", input: "abc8Q~another").ended(64)
      .saying("the open rotation has its value already (step switched)")
      .saying("continue it without --secret-stdin")
  }
}
