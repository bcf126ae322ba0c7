import Foundation
import Testing

/// The real program against the real sandbox, over HTTPS with the sandbox's own authority.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct SandboxStoryTests {
  private static let name = Stage.name

  @Test func `a secret's whole life`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      try await installed.run("check").ended(1).printing("expires in 22 days")
      let new = try await sandbox.makeSecret()
      let rotated = try await installed.run(
        "rotate", Self.name, "--log-level", "trace", "--key-id", new.keyID, "--secret-stdin",
        input: new.value + "\n"
      ).ended(0)
      rotated.saying("Token calls: accepted 3 of 3").saying("Consumer Key     NA")
      #expect(try await installed.storedValue() == new.value)
      try await installed.run("check").ended(1).printing(
        "waits for the hand-over of the new secret")
      try await installed.run("confirm", Self.name).ended(0)
      try await installed.run("check").ended(0)
      try await installed.run("retire", Self.name, "--yes").ended(75)
      try await sandbox.deleteSecret(sandbox.facts["key id"] ?? "")
      try await installed.run("retire", Self.name, "--now", "--yes").ended(0)
        .saying("Deleted secret: refused 3 of 3")
      let quiet = try await installed.run("check", "--log-level", "trace").ended(0)
      #expect(quiet.lines.count == 1 && quiet.said.isEmpty)
      let trail = try await installed.run("history", "--verify", "--log-level", "trace").ended(0)
      trail.printing("the audit trail is whole").printing("rotation.completed")
      for value in [try sandbox.secret(), new.value] {
        for telling in [rotated, quiet, trail] { telling.neverShowing(value) }
      }
    }
  }

  @Test(arguments: [
    ("not_json", "answered with a web page"), ("truncated", "before its answer was complete"),
    ("huge", "sent more than 1048576 bytes"),
    ("closed", "before its answer was complete"),
  ])
  func `an answer that is none is told as what it is, and costs nothing`(
    kind: String, words: String
  ) async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let faults = try await sandbox.setFaults(#"{"token_answer":{"kind":"\#(kind)"}}"#)
      #expect(faults.status == 200)
      let secret = try sandbox.secret()
      let validated = try await installed.run("validate").ended(69)
      validated.printing("localhost").printing(words).neverShowing(secret)
      let new = try await sandbox.makeSecret()
      try await installed.run("rotate", Self.name, "--secret-stdin", input: new.value).ended(69)
        .saying("localhost").saying(words).neverShowing(new.value)
      #expect(try await installed.storedValue() == secret)
      try await installed.run("check").ended(3)
      _ = try await sandbox.curl("/_sandbox/faults", ["-X", "DELETE"])
      try await installed.run("check").ended(1)
      #expect(try await installed.storedValue() == new.value)
    }
  }

  @Test func `a redirect is not followed, because the secret would go with it`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      _ = try await sandbox.setFaults(#"{"token_answer":{"kind":"redirect"}}"#)
      try await installed.run("validate").ended(69).printing("localhost answered with a redirect")
        .printing("which is not followed").neverShowing(sandbox.secret())
      try await installed.run("check").ended(3)
    }
  }

  @Test func `a certificate of another authority is not trusted, and no secret goes there`()
    async throws
  {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      let others = sandbox.folder.appending(path: "others").path
      try await Programs.run(["bash", Programs.script("certificates.sh"), others]).ended(0)
      let calls = try await sandbox.calls()
      try installed.reconfigure(sandbox.caFile, others + "/ca.pem")
      try await installed.run("validate").ended(69)
        .printing("the certificate of localhost is not trusted")
        .printing("name the CA's PEM file as tls: ca_file")
      try await installed.run("check").ended(3)
      try installed.reconfigure(others + "/ca.pem", others + "/none.pem")
      try await installed.run("check").ended(78).saying("none.pem")
      try installed.reconfigure(others + "/none.pem", sandbox.caFile)
      #expect(try await sandbox.calls() == calls)
    }
  }

  @Test func `a name that does not exist, and a port where nobody listens`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      try installed.reconfigure(
        "login: \"\(sandbox.baseURL)\"", "login: \"https://login.nowhere.invalid\"")
      try await installed.run("validate").ended(69)
        .printing("login.nowhere.invalid (port 443) can't be found")
      try await installed.run("check").ended(3)
      try installed.reconfigure("https://login.nowhere.invalid", "https://localhost:1")
      try await installed.run("validate").ended(69)
        .printing("localhost (port 1) refuses connections")
    }
  }

  @Test func `of two checks at once the second exits 75, and a killed one leaves no lock`()
    async throws
  {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      // A secret that failed is tried each time.
      _ = try await sandbox.setFaults(#"{"sign_in_failure":{"code":7000222}}"#)
      try await installed.run("validate").ended(65)
      _ = try await sandbox.setFaults(#"{"token_answer":{"kind":"slow","seconds":60}}"#)
      let calls = try await sandbox.calls()
      try await installed.whileRunning("check") { _ in
        try await sandbox.waitForCalls(calls + 1)
        try await installed.run("check").ended(75)
          .saying("another check or rotation is at work on").saying("fuser -v")
      }
      _ = try await sandbox.curl("/_sandbox/faults", ["-X", "DELETE"])
      try await installed.run("check").ended(1)
    }
  }

  @Test func `a full disk behind standard output is no success`() async throws {
    try await RunningSandbox.run { sandbox in
      let installed = try await sandbox.install()
      try await sandbox.adopt(installed)
      for arguments in ["status", "show \(Self.name) --reveal", "check"] {
        let command = "exec \"$0\" \(arguments) > /dev/full"
        let telling = try await Programs.run(
          ["bash", "-c", command, Programs.keyturn], environment: installed.environment)
        #expect(telling.status == (arguments == "check" ? 1 : 73))
        telling.saying("standard output could not be written")
      }
      try await Programs.run(
        ["bash", "-c", "\"$0\" history | head -n 1 > /dev/null", Programs.keyturn],
        environment: installed.environment
      ).ended(0)
    }
  }
}
