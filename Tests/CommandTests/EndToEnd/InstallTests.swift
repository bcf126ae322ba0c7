import Foundation
import Testing

/// What cron/install.sh puts where, and that it takes all of it away again.
@Suite(.timeLimit(.minutes(30))) struct InstallTests {
  private func install(_ folder: URL, _ options: String...) async throws -> Telling {
    try await Programs.run(
      ["sh", Programs.repository.appending(path: "cron/install.sh").path] + options,
      environment: ["DESTDIR": folder.path])
  }

  @Test func `rules and dashboard are installed for whoever runs Prometheus`() async throws {
    try await Programs.withFolder { folder in
      try await install(folder, "--binary", Programs.keyturn, "--prefix", "/opt/keyturn").ended(0)
      for name in [
        "prometheus/keyturn.rules.yml", "prometheus/keyturn.rules.test.yml",
        "grafana/keyturn-dashboard.json",
      ] {
        let installed = folder.appending(path: "opt/keyturn/share/keyturn/\(name)")
        let original = Programs.repository.appending(path: "cron/\(name)")
        #expect(try Data(contentsOf: installed) == Data(contentsOf: original))
      }
      try await install(folder, "--remove", "--prefix", "/opt/keyturn").ended(0)
      let left = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
        .compactMap { ($0 as? URL)?.lastPathComponent }
      // Where a configuration and a database may be is never touched.
      #expect(Set(left ?? []).isSubset(of: ["etc", "keyturn", "var", "lib"]), "\(left ?? [])")
    }
  }

  @Test func `the nightly jobs say who they are`() async throws {
    try await Programs.withFolder { folder in
      let job = folder.appending(path: "libexec/keyturn/keyturn-nightly")
      let program = folder.appending(path: "bin/keyturn")
      for file in [job, program] {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      }
      try FileManager.default.copyItem(
        at: Programs.repository.appending(path: "cron/keyturn-nightly"), to: job)
      try "#!/bin/sh\necho \"called by $KEYTURN_CALLER\"\nexit 1\n"
        .write(to: program, atomically: false, encoding: .utf8)
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: program.path)
      try await Programs.run(["sh", job.path]).ended(1).printing("called by cron\n")
      try await Programs.run(["sh", job.path], environment: ["KEYTURN_CALLER": "ansible"]).ended(1)
        .printing("called by ansible\n")
      let unit = try String(
        contentsOf: Programs.repository.appending(path: "cron/keyturn.service"), encoding: .utf8)
      #expect(unit.contains("\nEnvironment=KEYTURN_CALLER=systemd\n"))
    }
  }
}
