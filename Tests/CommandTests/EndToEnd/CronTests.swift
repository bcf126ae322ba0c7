import Foundation
import Testing

/// Debian's cron runs the nightly job from the file that cron/install.sh installs.
@Suite(
  .needs(.root, .program("cron"), .program("faketime"), .program("unshare"), .program("logger")),
  .inTurn, .timeLimit(.minutes(30)))
struct CronTests {
  /// What a night left behind.
  private struct Night {
    var log: [String]
    var mails: [String]
  }

  private static let configuration = """
    cat > /etc/keyturn/keyturn.yaml << END
    database: /var/lib/keyturn/keyturn.db
    store: { key_file: /etc/keyturn/store.key }
    tenants:
      contoso: { id: 72f988bf-86f1-41af-91ab-2d7cd011db47 }
    connections:
      \(Stage.name):
        tenant: contoso
        client_id: 46e6adf4-a9cf-4b60-9390-0ba6fb00bf6b
        environment: https://contoso.crm.dynamics.com
        consumer: magentrix
    END
    /usr/local/bin/keyturn init > /dev/null 2>&1

    """

  private func night(preparedBy script: String) async throws -> Night {
    try await Programs.withFolder { folder in
      let file = folder.appending(path: "prepare.sh").path
      try (Self.configuration + script).write(toFile: file, atomically: false, encoding: .utf8)
      let telling = try await Programs.run(
        [
          "bash", Programs.script("cron-night.sh"), "--prepare", file, "--from",
          "2027-03-01 03:10:00", "--seconds", "150", folder.appending(path: "machine").path,
          Programs.keyturn,
          "--mailto", "admins@contoso.com", "--delay", "60",
        ], seconds: 200)
      if telling.status == 77 { try Requirement.isMissing(telling.said) }
      telling.ended(0)
      let parts = telling.printed.components(separatedBy: "== ")
      func bodies(_ title: String) -> [String] {
        parts.filter { $0.hasPrefix(title + "\n") }.map { String($0.dropFirst(title.count + 1)) }
      }
      let log = bodies("log").joined().split(separator: "\n").map(String.init)
      return Night(log: log.filter { $0.contains("keyturn:") }, mails: bodies("mail"))
    }
  }

  @Test func `a quiet night sends no mail, and leaves one line in the system log`() async throws {
    let night = try await night(
      preparedBy: "/usr/local/bin/keyturn record \(Stage.name) --expires 2030-01-01 > /dev/null")
    #expect(night.mails.isEmpty)
    #expect(night.log.count == 1, "\(night.log)")
    #expect(night.log.first?.contains("OK: 1 secret, none due | due=0") == true)
  }

  @Test func `a night that found something sends a mail with everything`() async throws {
    let night = try await night(
      preparedBy: "/usr/local/bin/keyturn record \(Stage.name) --expires 2027-03-20 > /dev/null")
    let mail = try #require(night.mails.first)
    for text in [
      "To: admins@contoso.com", "found something to do soon (warning)", "Exit status 1",
      "WARNING: \(Stage.name) expires in 19 days, on 2027-03-20",
      "make its replacement: keyturn rotate \(Stage.name)", "WARNING: 1 of 1 secret due: ",
    ] { #expect(mail.contains(text), "\(mail)") }
    #expect(night.mails.count == 1)
  }

  @Test func `a night that could not be made sends a mail that says why`() async throws {
    let night = try await night(preparedBy: "rm /etc/keyturn/store.key")
    let mail = try #require(night.mails.first)
    for text in [
      "could not begin: the configuration has an error", "Exit status 78",
      "keyturn: error: the store key /etc/keyturn/store.key can't be read",
      "keyturn: hint: ", "restore it from its backup",
    ] { #expect(mail.contains(text), "\(mail)") }
  }
}
