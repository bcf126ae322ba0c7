/// Cuts a page of a collection into its elements while it arrives, so that no page is ever in memory
/// as a whole.
///
/// A page is an object with a list named `value` (OData JSON Format 4.01, section 13). What is around
/// the list is kept as a small document of its own, in which the list is empty.
struct ElementSplitter {
  /// The largest element that is looked at, in bytes: some 16,000 client secrets in one application.
  static let elementLimit = 4 << 20
  /// The largest rest of a page, in bytes: links with their tokens.
  static let envelopeLimit = 256 << 10

  private enum State {
    case envelope
    /// Between two elements: whether one, a comma or the end may come.
    case list(takesElement: Bool, takesEnd: Bool)
    case element
  }

  /// The page without its elements, so far.
  private(set) var envelope: [UInt8] = []
  /// How many elements were larger than the limit, and left out.
  private(set) var oversized = 0

  private var state = State.envelope
  private var element: [UInt8] = []
  private var isOversized = false
  private var depth = 0
  private var isInText = false
  private var isEscaped = false
  /// The newest text of the envelope, quotes included.
  private var newestText = 0..<0

  /// Takes a part of the page, and hands out each element that ends in it.
  ///
  /// Throws: ``JSONReader/Malformed``, and what `take` throws.
  mutating func feed(
    _ part: UnsafeBufferPointer<UInt8>, _ take: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    var position = 0
    while position < part.count {
      switch state {
      case .envelope:
        try feedEnvelope(part[position])
        position += 1
      case .list(let takesElement, let takesEnd):
        let begins = try feedList(part[position], takesElement, takesEnd)
        if !begins { position += 1 }
      case .element:
        let start = position
        let isWhole = skipElement(part, &position)
        let piece = UnsafeBufferPointer(rebasing: part[start..<position])
        if isWhole {
          try finish(piece, take)
        } else {
          keep(piece)
        }
      }
    }
  }

  /// Ends the page.
  ///
  /// Throws: ``JSONReader/Malformed`` where it breaks off.
  func finish() throws {
    guard case .envelope = state, depth == 0, !envelope.isEmpty else {
      throw JSONReader.Malformed(offset: envelope.count)
    }
  }

  private mutating func feedEnvelope(_ byte: UInt8) throws {
    guard envelope.count < Self.envelopeLimit else {
      throw JSONReader.Malformed(offset: envelope.count)
    }
    envelope.append(byte)
    if isInText {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInText = false
        newestText = newestText.lowerBound..<envelope.count
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""):
      isInText = true
      newestText = (envelope.count - 1)..<envelope.count
    case UInt8(ascii: "["):
      depth += 1
      if depth == 2, isValue { state = .list(takesElement: true, takesEnd: true) }
    case UInt8(ascii: "{"): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
    default: break
    }
  }

  /// Whether the bracket that was just added begins the list of elements: `"value":[`.
  private var isValue: Bool {
    let between = envelope[newestText.upperBound..<(envelope.count - 1)]
    let marks = between.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return marks == [UInt8(ascii: ":")] && envelope[newestText].elementsEqual(#""value""#.utf8)
  }

  /// Returns whether an element begins with this byte, which is then still to be taken.
  private mutating func feedList(
    _ byte: UInt8, _ takesElement: Bool, _ takesEnd: Bool
  ) throws -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D:
      return false
    case UInt8(ascii: "{") where takesElement:
      state = .element
      depth = 0
      return true
    case UInt8(ascii: ",") where !takesElement:
      state = .list(takesElement: true, takesEnd: false)
      return false
    case UInt8(ascii: "]") where takesEnd:
      envelope.append(byte)
      depth = 1
      state = .envelope
      return false
    default:
      throw JSONReader.Malformed(offset: envelope.count)
    }
  }

  /// Moves on to the end of the element, or of the part, and says whether the element ends.
  private mutating func skipElement(
    _ part: UnsafeBufferPointer<UInt8>, _ position: inout Int
  ) -> Bool {
    while position < part.count {
      if isInText {
        if isEscaped {
          isEscaped = false
          position += 1
          continue
        }
        position = part.plainEnd(from: position)
        guard position < part.count else { return false }
        if part[position] == UInt8(ascii: "\\") { isEscaped = true }
        if part[position] == UInt8(ascii: "\"") { isInText = false }
        position += 1
        continue
      }
      let byte = part[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return true }
      default: break
      }
    }
    return false
  }

  private mutating func keep(_ piece: UnsafeBufferPointer<UInt8>) {
    guard !isOversized, element.count + piece.count <= Self.elementLimit else {
      isOversized = true
      element.removeAll()
      return
    }
    element.append(contentsOf: piece)
  }

  private mutating func finish(
    _ piece: UnsafeBufferPointer<UInt8>, _ take: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    state = .list(takesElement: false, takesEnd: true)
    defer {
      element.removeAll(keepingCapacity: element.capacity <= 64 << 10)
      isOversized = false
    }
    // Most elements lie within one part, and are read where they lie.
    if element.isEmpty && !isOversized { return try take(piece) }
    keep(piece)
    if isOversized {
      oversized += 1
    } else {
      try element.withUnsafeBufferPointer { try take($0) }
    }
  }
}
