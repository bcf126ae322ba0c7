import Foundation
import Keyturn
import Yams

/// The kinds of values that stand behind a key.
extension SettingsReader {
  /// A text that can be shown: printable, not empty, and of at most `limit` characters.
  mutating func text(
    _ entry: Entry, upTo limit: Int = 256, example: String,
    insteadOfSecret: String = Vocabulary.connection.insteadOfSecret
  ) -> String? {
    guard let text = content(entry, example: example) else { return nil }
    guard !text.looksLikeClientSecret else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' looks like a client secret: secrets never stand in the configuration; "
          + insteadOfSecret)
      return nil
    }
    let count = text.unicodeScalars.count
    guard text.isPrintable, !text.allSatisfy(\.isWhitespace), count <= limit else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is a printable text of 1 to \(limit) characters"
          + (count > limit ? ", not \(count)" : ": \(text.quotedUnlessSecret) is none"))
      return nil
    }
    return text
  }

  /// A path; a relative one starts at the folder of the file.
  mutating func path(
    _ entry: Entry, example: String,
    insteadOfSecret: String = Vocabulary.connection.insteadOfSecret
  ) -> String? {
    guard
      let text = text(
        entry, upTo: 4_096, example: example, insteadOfSecret: insteadOfSecret)
    else { return nil }
    guard !text.hasPrefix("~") else {
      complain(
        at: entry.valuePlace, "'\(entry.name)': '~' means nothing here: write the whole path")
      return nil
    }
    return text.hasPrefix("/") ? text : folder + text
  }

  /// A program and its arguments.
  mutating func command(_ entry: Entry, example: String) -> [String]? {
    guard let items = list(entry, example: example) else { return nil }
    guard (1...100).contains(items.count) else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is a program and its arguments: write \(entry.name): \(example)")
      return nil
    }
    let words = items.compactMap { text($0, upTo: 4_096, example: "/usr/bin/pass") }
    return words.count == items.count ? words : nil
  }

  /// One of a few words.
  mutating func word(
    _ entry: Entry, of words: [String], later: [String: String] = [:]
  ) -> String? {
    guard let first = words.first, let text = content(entry, example: first) else {
      return nil
    }
    guard !words.contains(text) else { return text }
    if let instead = later[text] {
      complain(
        at: entry.valuePlace,
        "'\(entry.name): \(text)' is not available in this version: \(instead)")
      return nil
    }
    let near = Spelling.nearest(to: text, among: words)
    let advice =
      near.isEmpty
      ? "write \(Spelling.choice(of: words))" : "did you mean \(Spelling.choice(of: near))?"
    complain(at: entry.valuePlace, "'\(entry.name)' can't be \(text.quotedUnlessSecret): \(advice)")
    return nil
  }

  /// `true` or `false`.
  mutating func truth(_ entry: Entry) -> Bool? {
    guard let scalar = scalar(entry, example: "true") else { return nil }
    guard scalar.style == .plain, let truth = Bool(scalar.string) else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is true or false, not \(scalar.string.quotedUnlessSecret)")
      return nil
    }
    return truth
  }

  /// A whole number.
  mutating func number(_ entry: Entry, in range: ClosedRange<Int>) -> Int? {
    guard let scalar = scalar(entry, example: "\(range.lowerBound)") else { return nil }
    guard scalar.style == .plain, let number = Int(scalar.string), range.contains(number) else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is a whole number from \(range.lowerBound) to \(range.upperBound), "
          + "not \(scalar.string.quotedUnlessSecret)")
      return nil
    }
    return number
  }

  /// A period within bounds; a month counts as 30 days in them.
  mutating func period(
    _ entry: Entry, from shortest: CalendarPeriod, to longest: CalendarPeriod, example: String
  ) -> CalendarPeriod? {
    guard let text = content(entry, example: example) else { return nil }
    guard let period = CalendarPeriod(parsing: text) else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is a period such as \(example), not \(text.quotedUnlessSecret)"
          + (Int(text) == nil ? "" : ": write its unit"))
      return nil
    }
    let bounds = shortest.approximateSeconds...longest.approximateSeconds
    guard bounds.contains(period.approximateSeconds) else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' is a period from \(shortest) to \(longest), not \(text.quotedUnlessSecret)"
      )
      return nil
    }
    return period
  }

  /// A web address; `http` is accepted for this machine only.
  mutating func address(_ entry: Entry, example: String) -> WebAddress? {
    guard let text = content(entry, example: example) else { return nil }
    do throws(WebAddress.Problem) {
      let address = try WebAddress(text)
      if address.scheme == "https" || address.isLoopback {
        return address
      }
      complain(
        at: entry.valuePlace, "'\(entry.name)' is plain http to another machine: write https://…")
    } catch {
      complain(at: entry.valuePlace, "'\(entry.name)' \(error.phrase)")
    }
    return nil
  }

  /// A web address of scheme, host and port only.
  mutating func origin(_ entry: Entry, example: String) -> URL? {
    guard let address = address(entry, example: example) else { return nil }
    guard address.rest.isEmpty || address.rest == "/" else {
      complain(
        at: entry.valuePlace,
        "'\(entry.name)' goes on after the host: write \(address.origin.shown())")
      return nil
    }
    return URL(string: address.origin)
  }

  /// A web address with whatever path it has.
  mutating func url(_ entry: Entry, example: String) -> URL? {
    guard let address = address(entry, example: example) else { return nil }
    guard !address.rest.contains("#"), let url = URL(string: address.origin + address.rest) else {
      complain(
        at: entry.valuePlace, "'\(entry.name)' has a fragment: leave out '#' and what follows")
      return nil
    }
    return url
  }
}

extension String {
  /// A value of the file as a complaint may show it: never one that may be a secret.
  var quotedUnlessSecret: String {
    mayBeSecret ? "this value" : "'\(shown(upTo: 80))'"
  }

  /// Whether every character is drawn, or is a space.
  var isPrintable: Bool {
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
      return true
    }
    return unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
        .paragraphSeparator:
        false
      default: true
      }
    }
  }

  /// Whether this has the form of Microsoft Entra's client secrets: 40 characters, in whose fifth and
  /// sixth place stands `Q~`.
  var looksLikeClientSecret: Bool {
    let bytes = Array(utf8)
    return (34...44).contains(bytes.count) && bytes[4...5].elementsEqual("Q~".utf8)
      && bytes.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// Whether this is long, without a space, and made of all sorts of characters.
  fileprivate var mayBeSecret: Bool {
    guard utf8.count >= 20, !utf8.contains(UInt8(ascii: " ")) else { return false }
    let isGUID = utf8.count == 36 && utf8.filter { $0 == UInt8(ascii: "-") }.count == 4
    let kinds = [
      contains(where: \.isLowercase), contains(where: \.isUppercase), contains(where: \.isNumber),
      contains { !$0.isLetter && !$0.isNumber },
    ]
    return !isGUID && kinds.count { $0 } >= 3
  }
}
