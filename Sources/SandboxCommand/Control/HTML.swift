/// A piece of HTML; text becomes part of one only after it is escaped.
///
/// In an interpolation, values are escaped and other pieces are taken as they are.
struct HTML: Sendable, ExpressibleByStringInterpolation {
  struct StringInterpolation: StringInterpolationProtocol {
    var markup = ""

    init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity)
    }

    mutating func appendLiteral(_ literal: String) { markup += literal }

    mutating func appendInterpolation(_ piece: HTML) { markup += piece.markup }

    mutating func appendInterpolation(_ pieces: [HTML]) {
      markup += pieces.map(\.markup).joined()
    }

    mutating func appendInterpolation(_ text: String) { markup += HTML.escape(text) }

    mutating func appendInterpolation(_ number: Int) { markup += String(number) }
  }

  let markup: String

  init(stringLiteral value: String) { markup = value }

  init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

  /// Makes text harmless between tags and in quoted attributes.
  ///
  /// Control characters and those that turn the direction of writing are shown by their number:
  /// in a page they would hide what a name really is.
  static func escape(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
          output += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: output.unicodeScalars.append(scalar)
        }
      }
    }
    return output
  }
}
