import Foundation
import Keyturn
import Testing

@testable import Adapters

@Suite struct ElementSplitterTests {
  private static let page = """
    {"@odata.context":"x#applications(\\"value\\":[1])", "value" :\t[ {"id":"1","a":[{},{"b":"}]\\""}]} ,
    {"id":"2"},{"id":"\\u0022]}"}],"@odata.nextLink":"https://graph.example/next?$skiptoken=ü"}
    """

  @Test(arguments: [1, 2, 3, 7, 16, 64, 10_000])
  func `finds the same elements however the page is cut`(size: Int) throws {
    let (elements, splitter) = try Self.split(Array(Self.page.utf8), size)
    #expect(
      elements == [
        #"{"id":"1","a":[{},{"b":"}]\""}]}"#, #"{"id":"2"}"#, #"{"id":"\u0022]}"}"#,
      ])
    let envelope = try PageEnvelope(splitter.envelope)
    #expect(envelope.next == "https://graph.example/next?$skiptoken=ü")
    #expect(envelope.deltaLink == nil)
  }

  @Test(arguments: [
    #"{"value":[{}{}]}"#, #"{"value":[,{}]}"#, #"{"value":[{},]}"#, #"{"value":[1]}"#,
    #"{"value":[null]}"#, #"{"value":["{}"]}"#, #"{"value":[[]]}"#, #"{"value":[{}"#,
    #"{"value":[{"a":1"#, #"{"value":["#, #"{"value":[{}]"#, "", #"{"value":[{}]}}"#,
    #"{"value":[]} {"value":[]}"#, #"{"value":[],"value":[]}"#, #"{"value":{}}"#, #"{"x":[]}"#,
    #"[{"value":[]}]"#, #"{"value":[],"#, #"{"value":[] "x":1}"#, #"{value:[]}"#,
  ])
  func `a page that is none is refused`(text: String) {
    for size in [1, 1_000] {
      #expect(throws: JSONReader.Malformed.self) {
        let (_, splitter) = try Self.split(Array(text.utf8), size)
        _ = try PageEnvelope(splitter.envelope)
      }
    }
  }

  @Test func `an empty page is a page`() throws {
    let (elements, splitter) = try Self.split(Array(#"{"value":[ ]}"#.utf8), 1)
    #expect(elements.isEmpty)
    #expect(try PageEnvelope(splitter.envelope).next == nil)
  }

  @Test func `an application with a million credentials is counted, and never held`() throws {
    let credential = #"{"keyId":"00000000-0000-0000-0000-000000000000"},"#
    let parts =
      [#"{"value":[{"id":"a"},{"id":"b","passwordCredentials":["#]
      + [String](repeating: String(repeating: credential, count: 1_000), count: 1_000)
      + [#"{}]},{"id":"c"}]}"#]
    var splitter = ElementSplitter()
    var elements: [String] = []
    for part in parts {
      try Array(part.utf8).withUnsafeBufferPointer { bytes in
        try splitter.feed(bytes) { elements.append(String(decoding: $0, as: UTF8.self)) }
      }
    }
    try splitter.finish()
    #expect(elements == [#"{"id":"a"}"#, #"{"id":"c"}"#])
    #expect(splitter.oversized == 1)
  }

  @Test func `what is around the elements is bounded`() {
    let flood = [UInt8](#"{"a":""#.utf8) + [UInt8](repeating: 0x61, count: 1 << 20)
    #expect(throws: JSONReader.Malformed.self) { _ = try Self.split(flood, 4_096) }
  }

  private static func split(
    _ bytes: [UInt8], _ size: Int
  ) throws -> (elements: [String], splitter: ElementSplitter) {
    var splitter = ElementSplitter()
    var elements: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      let part = Array(bytes[start..<min(start + size, bytes.count)])
      try part.withUnsafeBufferPointer { part in
        try splitter.feed(part) { elements.append(String(decoding: $0, as: UTF8.self)) }
      }
    }
    try splitter.finish()
    return (elements, splitter)
  }
}
