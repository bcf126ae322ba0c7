import Adapters
import Foundation
import Keyturn
import Testing

@Suite struct OutputFileTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "keyturn-output-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func mode(_ path: String) -> mode_t {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.posixPermissions] as? NSNumber).map { mode_t($0.intValue) } ?? 0
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test(arguments: [(mode_t(0o022), mode_t(0o644)), (0o077, 0o600), (0o002, 0o644), (0o027, 0o640)])
  func `a new file is readable as the umask says`(mask: mode_t, expected: mode_t) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try OutputFile.write("one", to: "\(folder)/report", mask: mask)
    #expect(mode("\(folder)/report") == expected)
    #expect(try files() == ["report"])
  }

  @Test func `what was there is replaced, and keeps who may read it`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/report"
    try OutputFile.write(String(repeating: "long ", count: 100_000), to: path, mask: 0o022)
    chmod(path, 0o600)
    symlink("report", "\(folder)/link")
    try OutputFile.write("short", to: "\(folder)/link", mask: 0o022)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "short")
    #expect(mode(path) == 0o600)
    #expect(try files() == ["link", "report"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/link") == "report")
  }

  @Test func `a folder, a device and a place that is not there are refused`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/sub", withIntermediateDirectories: false)
    for path in ["\(folder)/sub", "/dev/null", "\(folder)/missing/report", "/proc/report"] {
      let error = #expect(throws: KeyturnError.self) {
        try OutputFile.write("text", to: path, mask: 0o022)
      }
      #expect(error?.code == .cannotCreate && error?.hints.isEmpty == false)
    }
    #expect(try files() == ["sub"])
    let device = try FileManager.default.attributesOfItem(atPath: "/dev/null")
    #expect(device[.type] as? FileAttributeType == .typeCharacterSpecial)
  }
}
