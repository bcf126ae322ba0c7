/// Reads one JSON text, value by value, out of memory that it does not own.
///
/// Foundation's decoder builds every value of a text before the first is looked at, which is what a
/// reading of 100,000 applications spends its time on. This one is as strict (RFC 8259: UTF-8, escapes,
/// surrogates, numbers, nothing after the end), and passes over what nobody wants.
struct JSONReader {
  /// What is no JSON, or nested too deeply.
  struct Malformed: Error, Equatable {
    /// Where, in bytes from the beginning.
    var offset: Int
  }

  /// What kind of value comes next.
  enum Kind {
    case object, list, text, number, bool, null
  }

  /// How deep values may be nested.
  static let depthLimit = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0

  /// A reader of these bytes, which must outlive it.
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  /// What comes next, without taking it.
  mutating func kind() throws -> Kind {
    skipBlanks()
    guard position < bytes.count else { throw malformed }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .list
    case UInt8(ascii: "\""): return .text
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw malformed
    }
  }

  /// Takes an object; `member` gets each name, and has to take the value.
  mutating func object(_ member: (inout JSONReader, JSONText) throws -> Void) throws {
    try open(UInt8(ascii: "{"))
    guard !takes(UInt8(ascii: "}")) else { return depth -= 1 }
    repeat {
      let name = try text()
      guard takes(UInt8(ascii: ":")) else { throw malformed }
      try member(&self, name)
    } while takes(UInt8(ascii: ","))
    guard takes(UInt8(ascii: "}")) else { throw malformed }
    depth -= 1
  }

  /// Takes a list; `element` has to take each value.
  mutating func list(_ element: (inout JSONReader) throws -> Void) throws {
    try open(UInt8(ascii: "["))
    guard !takes(UInt8(ascii: "]")) else { return depth -= 1 }
    repeat { try element(&self) } while takes(UInt8(ascii: ","))
    guard takes(UInt8(ascii: "]")) else { throw malformed }
    depth -= 1
  }

  /// Takes a text.
  mutating func text() throws -> JSONText {
    guard takes(UInt8(ascii: "\"")) else { throw malformed }
    return try restOfText()
  }

  /// Takes a text; anything else is passed over, and nil.
  mutating func optionalText() throws -> JSONText? {
    guard try kind() == .text else {
      try skip()
      return nil
    }
    return try text()
  }

  /// Passes over one value, which must be well-formed all the same.
  mutating func skip() throws {
    switch try kind() {
    case .object: try object { reader, _ in try reader.skip() }
    case .list: try list { try $0.skip() }
    case .text: _ = try text()
    case .number: try skipNumber()
    case .bool: try skipWord(bytes[position] == UInt8(ascii: "t") ? "true" : "false")
    case .null: try skipWord("null")
    }
  }

  /// Takes the end: nothing but blanks may follow.
  mutating func end() throws {
    skipBlanks()
    guard position == bytes.count else { throw malformed }
  }

  /// What to throw where the text is JSON, and still none that can be meant.
  var complaint: Malformed { malformed }

  private var malformed: Malformed { Malformed(offset: position) }

  private mutating func open(_ bracket: UInt8) throws {
    guard takes(bracket), depth < Self.depthLimit else { throw malformed }
    depth += 1
  }

  private mutating func takes(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func skipWord(_ word: StaticString) throws {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count else { throw malformed }
    for offset in 0..<word.utf8CodeUnitCount
    where bytes[position + offset] != word.utf8Start[offset] {
      throw malformed
    }
    position = end
  }

  private mutating func skipNumber() throws {
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let start = position
    let whole = skipDigits()
    // No number but zero itself begins with a zero.
    guard whole > 0, whole == 1 || bytes[start] != UInt8(ascii: "0") else { throw malformed }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      guard skipDigits() > 0 else { throw malformed }
    }
    guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return }
    position += 1
    if position < bytes.count,
      bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
    {
      position += 1
    }
    guard skipDigits() > 0 else { throw malformed }
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    return position - start
  }

  /// What follows an opening quote, and the closing one.
  private mutating func restOfText() throws -> JSONText {
    let start = position
    var hasEscapes = false
    var isASCII = true
    while true {
      position = bytes.plainEnd(from: position)
      guard position < bytes.count else { throw malformed }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        hasEscapes = true
        try skipEscape()
      } else {
        guard byte >= 0x20 else { throw malformed }
        if byte >= 0x80 { isASCII = false }
        position += 1
      }
    }
    let raw = UnsafeBufferPointer(rebasing: bytes[start..<position])
    guard isASCII || String(validating: raw, as: UTF8.self) != nil else { throw malformed }
    position += 1
    return JSONText(raw: raw, hasEscapes: hasEscapes)
  }

  private mutating func skipEscape() throws {
    guard position + 1 < bytes.count else { throw malformed }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      guard let unit = JSONText.unit(in: bytes, at: position) else { throw malformed }
      position += 6
      guard UTF16.isTrailSurrogate(unit) || UTF16.isLeadSurrogate(unit) else { return }
      // Half a pair means nothing.
      guard UTF16.isLeadSurrogate(unit), let next = JSONText.unit(in: bytes, at: position),
        UTF16.isTrailSurrogate(next)
      else { throw malformed }
      position += 6
    default:
      throw malformed
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The first place from `start` on with a quote, a backslash, a control character or a byte beyond
  /// ASCII, or close before it; eight bytes at a time.
  func plainEnd(from start: Int) -> Int {
    guard let base = baseAddress else { return start }
    var position = start
    while position + 8 <= count {
      let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
      guard word.hasOnlyPlainBytes else { break }
      position += 8
    }
    while position < count {
      let byte = self[position]
      guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
      else { break }
      position += 1
    }
    return position
  }
}

extension UInt64 {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// Whether none of the eight bytes ends or bends a JSON text.
  fileprivate var hasOnlyPlainBytes: Bool {
    let quotes = self ^ (Self.ones &* 0x22)
    let slashes = self ^ (Self.ones &* 0x5C)
    let found =
      self | ((quotes &- Self.ones) & ~quotes) | ((slashes &- Self.ones) & ~slashes)
      | ((self &- (Self.ones &* 0x20)) & ~self)
    return found & Self.highs == 0
  }
}
