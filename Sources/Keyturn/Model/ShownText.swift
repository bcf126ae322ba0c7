extension String {
  /// Text from outside, made safe to show: bounded, and without a character that acts on a terminal.
  ///
  /// Control characters (C0, C1, DEL), line and paragraph separators, and the marks that change the
  /// direction of writing are shown as `\u{…}`; anything longer than `limit` characters ends in `…`.
  public func shown(upTo limit: Int = 300) -> String {
    // Nearly all of what is shown is plain ASCII, which is looked at much faster than it is copied.
    if utf8.count <= limit, utf8.allSatisfy({ 0x20...0x7E ~= $0 }) { return self }
    var result = ""
    var count = 0
    for scalar in unicodeScalars {
      if count == limit {
        return result + "…"
      }
      if scalar.actsOnTerminal {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
      count += 1
    }
    return result
  }
}

extension Unicode.Scalar {
  /// Whether a terminal would do something with it other than draw it in place.
  public var actsOnTerminal: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F: true
    case 0x2028, 0x2029: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    case 0xFEFF, 0xE0000...0xE007F: true
    default: false
    }
  }
}
