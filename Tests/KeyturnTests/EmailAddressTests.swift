import Keyturn
import Testing

@Suite struct EmailAddressTests {
  @Test(arguments: [
    "ops@example.com", "crm-admins+keyturn@mail.contoso.co.uk", "root@localhost",
    "a.b_c=d@x-y.example",
    "O'Neil@EXAMPLE.com", "\(String(repeating: "a", count: 64))@example.com",
  ])
  func `takes what mail systems agree on`(text: String) throws {
    let address = try #require(EmailAddress(text))
    #expect(address.description.lowercased() == text.lowercased())
    #expect(address.domain == address.domain.lowercased())
  }

  @Test(arguments: [
    "", "@", "ops", "ops@", "@example.com", "ops@@example.com", "a@b@example.com", "-f@example.com",
    "-oQ/tmp@example.com", "ops@-example.com", "ops@example-.com", "ops@exa mple.com",
    "ops @example.com", " ops@example.com", "ops@example.com ", "ops@example.com\n",
    "ops@example.com\r\nBcc: eve@example.com", "ops\u{0}@example.com", "ops@example..com",
    ".ops@example.com", "ops.@example.com", "o..ps@example.com", "\"ops\"@example.com",
    "Ops <ops@example.com>", "ops@[127.0.0.1]", "ops@example.com,eve@example.com",
    "ops@example.com;eve@example.com", "öps@example.com", "ops@exämple.com", "ops@example.com.",
    "\(String(repeating: "a", count: 65))@example.com",
    "ops@\(String(repeating: "a", count: 64)).com",
    "ops@\(String(repeating: "abc.", count: 70))com",
  ])
  func `refuses everything else`(text: String) {
    #expect(EmailAddress(text) == nil)
  }
}
