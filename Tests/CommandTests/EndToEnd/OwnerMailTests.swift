import Foundation
import Testing

/// The real program writes to the owners of applications, who read it with somebody else's programs.
@Suite(.inTurn, .timeLimit(.minutes(30))) struct OwnerMailTests {
  private struct Mail {
    var to: [String]
    var subject: String
    var text: String
  }

  @Test(.needs(.program("msmtp"), .pythonPackage("aiosmtpd")))
  func `owners get one mail a night about what is theirs, and nobody else does`() async throws {
    try await Programs.withFolder { folder in
      let options = ["--settle", "none", "--applications", "400", "--seed", "7"]
      try await RunningSandbox.run(options) { sandbox in
        let installed = try await sandbox.install()
        try await sandbox.adopt(installed)
        let kept = folder.appending(path: "mails")
        try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
        try await Receiver.run(
          Receiver.script("smtp-receiver.py", kept.path, "accept"), announcing: /port=(\d+)/
        ) { port in
          try wire(installed, folder, port)
          try await night(installed, folder).ended(1)
          let mails = try await mails(in: kept)
          let admins = mails.filter { $0.to == ["crm-admins@example.com"] }
          let others = mails.filter { $0.to != ["crm-admins@example.com"] }
          #expect(admins.count == 1)
          // One mail for each of them, and each for itself.
          #expect(others.count > 1 && Set(others.map(\.to)).count == others.count)
          #expect(others.allSatisfy { $0.to.count == 1 })
          let owners = try await owners(installed)
          for mail in others {
            #expect(mail.text.contains("among its owners"))
            let told = owners.filter { mail.text.contains($0.key) }
            #expect(!told.isEmpty && told.values.allSatisfy { $0.contains(mail.to[0]) })
          }
          #expect(!admins[0].text.contains("among its owners"))
          // The same again is told to nobody.
          try await night(installed, folder).ended(1)
          let again = try await self.mails(in: kept).dropFirst(mails.count)
          for mail in again where others.contains(where: { $0.to == mail.to }) {
            let first = try #require(others.first { $0.to == mail.to })
            for id in owners.keys where first.text.contains(id) {
              #expect(!mail.text.contains(id))
            }
          }
        }
      }
    }
  }

  @Test func `a tenant of any size is asked whom nobody owns, and what nobody uses`() async throws {
    let options = ["--settle", "none", "--applications", "1500", "--seed", "7"]
    try await RunningSandbox.run(options) { sandbox in
      let installed = try await sandbox.install()
      try await installed.run("apps", "--refresh", "--limit", "1").ended(0)
      let unowned = try await installed.run("apps", "--unowned", "--json").ended(0).json()
      #expect(unowned["owners_unknown"] as? Int == 0)
      // One of four, and the seven that the sandbox always has.
      #expect((300...460).contains(try #require(unowned["total"] as? Int)))
      let found = try #require(unowned["applications"] as? [[String: Any]])
      #expect(found.allSatisfy { ($0["owners"] as? [Any])?.isEmpty == true })
      let unused = try await installed.run("apps", "--unused", "180d", "--json").ended(0).json()
      #expect((300...800).contains(try #require(unused["total"] as? Int)))
      _ = try await sandbox.setFaults(#"{"reports_unlicensed":true,"owners_forbidden":true}"#)
      try await installed.run("apps", "--unused", "180d", "--refresh", "--csv").ended(77)
        .saying("Microsoft Entra ID P1")
      try await installed.run("apps", "--unowned", "--refresh").ended(77)
        .saying("Application.Read.All").printing("nobody")
    }
  }

  /// The owners' addresses of each application that is known to have some, by client id.
  private func owners(_ installed: Installed) async throws -> [String: [String]] {
    let document = try await installed.run("apps", "--json").ended(0).json()
    let found = try #require(document["applications"] as? [[String: Any]])
    var owners: [String: [String]] = [:]
    for application in found {
      guard let id = application["client_id"] as? String,
        let list = application["owners"] as? [[String: Any]], !list.isEmpty
      else { continue }
      owners[id] = list.compactMap { $0["mail"] as? String }
    }
    return owners
  }

  private func wire(_ installed: Installed, _ folder: URL, _ port: String) throws {
    let settings = folder.appending(path: ".msmtprc").path
    try "account default\nhost 127.0.0.1\nport \(port)\ntls off\nauth off\n"
      .write(toFile: settings, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: settings)
    let programs = folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: programs.appending(path: "sendmail").path, withDestinationPath: "/usr/bin/msmtp")
    var text = try String(contentsOfFile: installed.configuration, encoding: .utf8)
    text += """

      notify:
        routes:
          admins:
            email: { to: [crm-admins@example.com, application-owners], from: keyturn@example.net }

      """
    try text.write(toFile: installed.configuration, atomically: false, encoding: .utf8)
  }

  private func night(_ installed: Installed, _ folder: URL) async throws -> Telling {
    try await Programs.run(
      [
        "env", "-i", "HOME=\(folder.path)", "LOGNAME=root", "SHELL=/bin/sh", "KEYTURN_CALLER=cron",
        "PATH=\(folder.path)/bin:/usr/bin:/bin", Programs.keyturn, "check", "--config",
        installed.configuration,
      ])
  }

  /// The mails in the order of their arrival, as Python's email package reads them.
  private func mails(in folder: URL) async throws -> [Mail] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".eml") }.map { $0.dropLast(4) }
      .sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
    let texts = try names.map {
      try String(contentsOf: folder.appending(path: "\($0).eml"), encoding: .utf8)
    }
    let input = String(decoding: try JSONEncoder().encode(texts), as: UTF8.self)
    let read = try await Programs.run(
      ["python3", Programs.script("read-mail.py")], input: input
    ).ended(0)
    let value = try JSONSerialization.jsonObject(with: Data(read.printed.utf8))
    return try zip(names, try #require(value as? [[String: Any]])).map { name, mail in
      let data = try Data(contentsOf: folder.appending(path: "\(name).json"))
      let envelope = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let parts = mail["parts"] as? [[String: String]] ?? []
      // Texts are wrapped.
      let text = (parts.first?["text"] ?? "").split { $0.isWhitespace }.joined(separator: " ")
      return Mail(
        to: envelope?["to"] as? [String] ?? [], subject: mail["subject"] as? String ?? "",
        text: text)
    }
  }
}
