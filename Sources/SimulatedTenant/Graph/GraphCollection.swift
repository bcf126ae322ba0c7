import Foundation

/// A collection in a Graph path, with the key of one of its members where there is one.
struct GraphCollection: Sendable, Equatable {
  /// How a member is addressed.
  enum Key: Sendable, Equatable {
    case id(String)
    case appID(String)
  }

  let name: String
  let key: Key?
  /// The segments after the collection and its key.
  let rest: [String]

  /// Reads `name`, `name/id`, `name('id')` or `name(appId='id')`, and what follows.
  init?(_ segments: some Collection<String>) {
    guard let first = segments.first else { return nil }
    let rest = Array(segments.dropFirst())
    guard let open = first.firstIndex(of: "("), first.hasSuffix(")") else {
      name = first
      // A function of the collection may be written with its parentheses.
      let function = rest.first.map { $0.hasSuffix("()") ? String($0.dropLast(2)) : $0 }
      let hasKey = function.map { !$0.hasPrefix("$") && $0 != "delta" } ?? false
      key = hasKey ? rest.first.map(Key.id) : nil
      self.rest = (hasKey ? [] : [function].compactMap { $0 }) + rest.dropFirst()
      return
    }
    name = String(first[..<open])
    self.rest = rest
    let inner = first[first.index(after: open)...].dropLast()
    let parts = inner.split(separator: "=", maxSplits: 1)
    let isFrame = { (byte: UInt8) in byte == UInt8(ascii: "'") || byte == UInt8(ascii: " ") }
    var bytes = (parts.last ?? "").utf8.drop(while: isFrame)
    while let last = bytes.last, isFrame(last) { bytes.removeLast() }
    let value = String(Substring(bytes))
    if parts.count == 2, parts[0] == "appId" {
      key = .appID(value)
    } else {
      key = .id(value)
    }
  }
}
