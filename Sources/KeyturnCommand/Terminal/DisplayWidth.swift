/// How many columns a terminal gives to a text.
///
/// `count` counts what people call characters, and a terminal draws some of them two columns wide (the
/// scripts of East Asia, emoji) and some not at all. The rules are those of UAX #11 and #29, as modern
/// terminals and the wcwidth library have them; libc's `wcwidth` depends on the locale, knows no
/// clusters, and is as old as the machine.
extension String {
  /// The columns of the whole text, which has been through `shown()`.
  var columns: Int {
    // Most of what is shown is ASCII.
    if utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return utf8.count }
    return reduce(0) { $0 + $1.columns }
  }

  /// The text, cut between two characters and ended with "…" where it is wider than `width`.
  func cut(toColumns width: Int) -> String {
    guard columns > width else { return self }
    guard width > 0 else { return "" }
    var result = ""
    var used = 1
    for character in self {
      used += character.columns
      guard used <= width else { break }
      result.append(character)
    }
    return result + "…"
  }

  /// The text as lines that are broken at blanks, those behind the first one indented.
  ///
  /// A word that is wider than a line, such as an address, stays whole: it is there to be copied. The
  /// first `label` characters are taken as they are, with the blanks in them.
  func wrapped(toColumns width: Int, indent: Int, label: Int = 0) -> [String] {
    guard columns > width else { return [self] }
    var lines: [String] = []
    let rest = dropFirst(label)
    var line = String(prefix(label)) + String(rest.prefix { $0 == " " })
    var isFresh = true
    for word in rest.split(separator: " ") {
      if !isFresh, line.columns + 1 + String(word).columns > width {
        lines.append(line)
        line = String(repeating: " ", count: indent)
        isFresh = true
      }
      line += (isFresh ? "" : " ") + word
      isFresh = false
    }
    return lines + [line]
  }

  /// The text, filled up with blanks on its right.
  func padded(toColumns width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - columns))
  }
}

extension Character {
  /// The columns of one grapheme cluster: 0, 1 or 2.
  fileprivate var columns: Int {
    var columns = 0
    for scalar in unicodeScalars {
      switch scalar.value {
      // A variation selector asks for the picture, or for the letter.
      case 0xFE0F where columns == 1 && unicodeScalars.first?.properties.isEmoji == true:
        columns = 2
      case 0xFE0E where columns == 2 && unicodeScalars.first?.properties.isEmoji == true:
        columns = 1
      default:
        // A vowel sign that stands beside its consonant is nothing where there is none.
        guard scalar.properties.generalCategory != .spacingMark || columns > 0 else { continue }
        columns += scalar.columns
      }
    }
    // What a joiner, a skin tone or a virama has made one picture of is drawn as one.
    return min(2, columns)
  }
}

extension Unicode.Scalar {
  /// The columns of a scalar by itself.
  fileprivate var columns: Int {
    if value < 0x300 { return value < 0x20 || 0x7F..<0xA0 ~= value ? 0 : 1 }
    if isZeroWidth { return 0 }
    return isWide ? 2 : 1
  }

  private var isZeroWidth: Bool {
    switch value {
    // The medial and final letters of Hangul are drawn inside of the first one.
    case 0x1160...0x11FF, 0xD7B0...0xD7FF: return true
    case 0x115F: return false
    // Signs that are drawn around the digits after them.
    case 0x600...0x605, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0x110BD, 0x110CD: return false
    default: break
    }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator:
      return true
    default:
      return properties.isDefaultIgnorableCodePoint
    }
  }

  private var isWide: Bool {
    var (low, high) = (0, Self.wide.count)
    while low < high {
      let middle = (low + high) / 2
      if Self.wide[middle].contains(value) { return true }
      if value < Self.wide[middle].lowerBound { high = middle } else { low = middle + 1 }
    }
    return false
  }

  /// The wide and full-width ones, and the letters of flags.
  ///
  /// Source: Unicode 17, EastAsianWidth.txt, W and F.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0,
    0x23F3...0x23F3, 0x25FD...0x25FE, 0x2614...0x2615, 0x2630...0x2637, 0x2648...0x2653,
    0x267F...0x267F, 0x268A...0x268F, 0x2693...0x2693, 0x26A1...0x26A1, 0x26AA...0x26AB,
    0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
    0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705,
    0x270A...0x270B, 0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755,
    0x2757...0x2757, 0x2795...0x2797, 0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C,
    0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5,
    0x2FF0...0x3029, 0x3030...0x303E, 0x3041...0x3096, 0x309B...0x30FF, 0x3105...0x312F,
    0x3131...0x3163, 0x3165...0x318E, 0x3190...0x31E5, 0x31EF...0x321E, 0x3220...0x3247,
    0x3250...0xA48C, 0xA490...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE10...0xFE19, 0xFE30...0xFE52, 0xFE54...0xFE66, 0xFE68...0xFE6B, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x16FE3, 0x16FF2...0x16FF6, 0x17000...0x18CDA, 0x18CFF...0x18D20,
    0x18D80...0x18DF2, 0x18E00...0x19191, 0x191A0...0x191D2, 0x1AFF0...0x1AFF3, 0x1AFF5...0x1AFFB,
    0x1AFFD...0x1AFFE, 0x1B000...0x1B128, 0x1B132...0x1B132, 0x1B150...0x1B152, 0x1B155...0x1B155,
    0x1B164...0x1B168, 0x1B170...0x1B2FB, 0x1D300...0x1D356, 0x1D360...0x1D376, 0x1F004...0x1F004,
    0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F1AE...0x1F1AE, 0x1F1E6...0x1F202,
    0x1F210...0x1F23B, 0x1F240...0x1F248, 0x1F250...0x1F251, 0x1F260...0x1F265, 0x1F300...0x1F320,
    0x1F32D...0x1F335, 0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3,
    0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440...0x1F440, 0x1F442...0x1F4FC,
    0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A, 0x1F595...0x1F596,
    0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2,
    0x1F6D5...0x1F6D9, 0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7DA...0x1F7DA,
    0x1F7E0...0x1F7EB, 0x1F7F0...0x1F7F0, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF,
    0x1FA70...0x1FA7C, 0x1FA80...0x1FAC6, 0x1FAC8...0x1FAC8, 0x1FACC...0x1FADD, 0x1FADF...0x1FAEB,
    0x1FAEF...0x1FAFA, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
  ]
}
