import Foundation
import Keyturn
import NIOSSL
import Testing

@testable import Adapters

/// Which certificates the live transport accepts, over real TLS.
@Suite(.timeLimit(.minutes(10))) struct CertificateTests {
  private static let answer: [ScriptedServer.Step] = [
    .send("HTTP/1.1 204 No Content\r\n\r\n"), .close,
  ]
  private let authority: TestCertificates

  init() throws {
    authority = try TestCertificates()
  }

  @Test func `a certificate of the CA file's authority is trusted`() async throws {
    let reason = try await reason(of: authority.server(), trusted: true)
    #expect(reason == nil)
  }

  @Test func `an unknown authority is not trusted`() async throws {
    let reason = try await reason(of: authority.server(), trusted: false)
    #expect(reason == .certificateNotTrusted)
  }

  @Test func `another authority's file does not help`() async throws {
    let other = try TestCertificates()
    let reason = try await reason(of: other.server(), trusted: true)
    #expect(reason == .certificateNotTrusted)
  }

  @Test(arguments: [(-30.0, -1.0), (1.0, 30.0)])
  func `a certificate outside of its time is not trusted`(
    from first: Double, to last: Double
  ) async throws {
    let tls = try authority.server(from: first, to: last)
    let reason = try await reason(of: tls, trusted: true)
    #expect(reason == .certificateNotTrusted)
  }

  @Test func `a certificate for another name is told apart`() async throws {
    let tls = try authority.server(name: "other.example.com")
    let reason = try await reason(of: tls, trusted: true)
    #expect(reason == .certificateForOtherName)
  }

  @Test func `a server without TLS is told apart`() async throws {
    let reason = try await reason(of: nil, trusted: true)
    #expect(reason == .notTLS)
  }

  @Test func `the advice for an unknown authority names the setting`() async throws {
    try await ScriptedServer.run(Self.answer, tls: authority.server()) { _, port in
      let failure = await transportFailure("https://localhost:\(port)/")
      let told = try #require(failure).callFailure
      #expect(told.verdict == .unreachable)
      #expect(told.remedy.contains("tls: ca_file"))
      #expect(told.remedy.contains("-connect localhost:\(port)"))
    }
  }

  @Test(arguments: [
    (2, ["0a1b2c3d.0", "0a1b2c3d.1", "first.pem", "ca-certificates.crt.new"], true),
    (3, ["0a1b2c3d.0", "0a1b2c3d.1"], false), (1, ["0a1b2c3d.0", "0a1b2c3d.1"], false),
    (0, ["first.pem"], false), (1, ["0a1b2c3d.r0"], false), (1, ["0a1b2c3d.0.bak"], false),
    (nil, ["0a1b2c3d.0"], false),
  ])
  func `the system's directory is read where it holds what the large file holds`(
    inFile count: Int?, _ names: [String], isRead: Bool
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in names { try Data().write(to: folder.appending(path: name)) }
    if let count {
      let one = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
      let text = "# the authorities\n" + String(repeating: one, count: count)
      try Data(text.utf8).write(to: folder.appending(path: "ca.crt"))
    }
    let found = TrustedCertificates.directory(within: folder.path, bundle: "ca.crt")
    #expect((found != nil) == isRead)
  }

  @Test func `a CA file that can't be used is named`() async throws {
    try await withFile("no certificate") { path in
      let error = #expect(throws: KeyturnError.self) {
        try HTTPTransport.live(HTTPSettings(caFile: path))
      }
      #expect(error?.code == .configuration)
      #expect(error?.message.contains(path) == true)
    }
    let error = #expect(throws: KeyturnError.self) {
      try HTTPTransport.live(HTTPSettings(caFile: "/nowhere/ca.pem"))
    }
    #expect(error?.code == .configuration)
    #expect(error?.message == "the CA file /nowhere/ca.pem can't be read: there is no such file")
    let folder = #expect(throws: KeyturnError.self) {
      try HTTPTransport.live(HTTPSettings(caFile: FileManager.default.temporaryDirectory.path))
    }
    #expect(folder?.message.contains("can't be read") == true)
  }

  @Test func `a CA file is checked whole`() async throws {
    try await withFile(authority.pem + "\n-----BEGIN CERTIFICATE-----\nAAAA\n") { path in
      let error = #expect(throws: KeyturnError.self) {
        try HTTPTransport.live(HTTPSettings(caFile: path))
      }
      #expect(error?.code == .configuration)
    }
  }

  /// What is wrong with a server at localhost; nil if it is trusted.
  private func reason(
    of tls: TLSConfiguration?, trusted: Bool
  ) async throws -> TransportFailure.Reason? {
    try await withFile(authority.pem) { path in
      try await ScriptedServer.run(Self.answer, tls: tls, isRude: tls == nil) { _, port in
        await transportFailure(
          "https://localhost:\(port)/", HTTPSettings(caFile: trusted ? path : nil))?.reason
      }
    }
  }

  private func withFile<T>(_ text: String, _ body: (String) async throws -> T) async throws -> T {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pem")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await body(file.path)
  }
}
