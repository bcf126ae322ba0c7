/// The characters of the file, before anything is read out of them.
enum YAMLText {
  /// Decodes the bytes and looks at each character once.
  ///
  /// Throws: ``Complaint`` for bytes that are not UTF-8, for characters that act on a terminal or end
  /// a line where an editor shows none, and for more aliases than an honest file has.
  static func decode(_ bytes: [UInt8]) throws(Complaint) -> String {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Complaint(
        place: placeOfFirstBadByte(content),
        message: "this is not UTF-8: save the file in that encoding")
    }
    try examine(text)
    return text
  }

  /// The index of the scalar at a place; nil where the text ends before it.
  static func index(of place: Place, in text: String) -> String.Index? {
    var cursor = Cursor()
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      if cursor.place >= place {
        return cursor.place == place ? index : nil
      }
      cursor.advance(over: scalars[index])
      index = scalars.index(after: index)
    }
    return nil
  }

  private static func examine(_ text: String) throws(Complaint) {
    var cursor = Cursor()
    var gate = AliasGate()
    var last: Unicode.Scalar = "\n"
    for scalar in text.unicodeScalars {
      if last == "\r", scalar != "\n" {
        let place = Place(line: cursor.place.line, column: cursor.place.column - 1)
        throw refusal(of: last, at: place)
      }
      if isForbidden(scalar) {
        throw refusal(of: scalar, at: cursor.place)
      }
      if gate.refuses(scalar, at: cursor.place) {
        throw Complaint(place: gate.firstAlias, message: AliasGate.message)
      }
      cursor.advance(over: scalar)
      last = scalar
    }
  }

  private static func refusal(of scalar: Unicode.Scalar, at place: Place) -> Complaint {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return Complaint(
      place: place,
      message: "the character U+\(code) is not accepted: leave it out, "
        + "or write it as an escape in double quotes")
  }

  /// What YAML does not allow in a file, or takes for the end of a line that no editor shows.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E: false
    case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }

  private static func placeOfFirstBadByte(_ bytes: ArraySlice<UInt8>) -> Place {
    var cursor = Cursor()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    while case .valid(let encoded) = parser.parseScalar(from: &iterator) {
      cursor.advance(over: Unicode.UTF8.decode(encoded))
    }
    return cursor.place
  }
}

/// Counts lines and columns, where a carriage return stands only before a line feed.
private struct Cursor {
  private(set) var place = Place.start

  mutating func advance(over scalar: Unicode.Scalar) {
    if scalar == "\n" {
      place = Place(line: place.line + 1, column: 1)
    } else {
      place.column += 1
    }
  }
}

/// Stops a file whose aliases multiply before Yams composes it.
///
/// Aliases are refused anyway, once the nodes are there. But a collection as a key is hashed as a
/// whole, and with aliases within aliases that takes time without end.
private struct AliasGate {
  static let message =
    "anchors (&…) and aliases (*…) are not accepted: write each value where it belongs"
  private static let tolerated = 8

  private(set) var firstAlias = Place.start
  private var anchors = 0
  private var aliases = 0
  private var isAtNodeStart = true

  /// Takes the next character; true where there have been too many aliases.
  mutating func refuses(_ scalar: Unicode.Scalar, at place: Place) -> Bool {
    switch scalar {
    case "&" where isAtNodeStart:
      anchors += 1
      isAtNodeStart = false
    case "*" where isAtNodeStart:
      aliases += 1
      firstAlias = aliases == 1 ? place : firstAlias
      isAtNodeStart = false
    case " ", "\t": break
    case "\n", "\r", ":", "-", "?", ",", "[", "{": isAtNodeStart = true
    default: isAtNodeStart = false
    }
    return anchors > 0 && aliases > Self.tolerated
  }
}
