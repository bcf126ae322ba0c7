import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct ConnectionLookupTests {
  private func settings(_ names: [String]) throws -> Settings {
    let connections = names.map {
      "  \($0): { tenant: t, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444, scope: a/.default }\n"
    }
    return try ConfigurationText.settings(
      "tenants: { t: { id: contoso.com } }\nconnections:\n" + connections.joined())
  }

  @Test(arguments: [
    (["magentrix-d365", "reporting"], "magentrix-d356", "did you mean 'magentrix-d365'?"),
    (["magentrix-d365", "reporting"], "MAGENTRIX-D365", "did you mean 'magentrix-d365'?"),
    (["crm-east", "crm-west", "hr"], "crm-est", "did you mean 'crm-east' or 'crm-west'?"),
    (["magentrix-d365", "reporting"], "mage", "did you mean 'magentrix-d365'?"),
    (["magentrix-d365", "reporting"], "x", "there are 'magentrix-d365', 'reporting'"),
    (["reporting"], "x", "there is 'reporting'"),
    ([], "x", "describe it under 'connections' in that file"),
    (["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"], "x", "`keyturn status` lists all 9"),
  ])
  func `an unknown name is answered with what there is`(
    names: [String], name: String, hint: String
  ) throws {
    let settings = try settings(names)
    let error = #expect(throws: KeyturnError.self) { try settings.connection(named: name) }
    #expect(error?.code == .usage)
    #expect(error?.message == "there is no connection '\(name)' in /etc/keyturn/keyturn.yaml")
    #expect(error?.hints == [hint])
  }

  @Test func `an unknown name cannot act on the terminal`() throws {
    let settings = try settings(["a"])
    let error = #expect(throws: KeyturnError.self) { try settings.connection(named: "\u{1B}[2J") }
    #expect(error?.message.contains("\\u{1b}[2J") == true)
  }

  @Test(arguments: [
    ("warn_befor", "warn_before", 1), ("interval", "intreval", 1), ("grace", "grace", 0),
    ("a", "", 1), ("", "", 0), ("kitten", "sitting", 3), ("ab", "ba", 1),
  ])
  func `the distance of two words counts the letters to change`(
    left: String, right: String, distance: Int
  ) {
    #expect(Spelling.distance(Array(left.utf8), Array(right.utf8)) == distance)
    #expect(Spelling.distance(Array(right.utf8), Array(left.utf8)) == distance)
  }
}
