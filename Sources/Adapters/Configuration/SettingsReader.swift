import Foundation
import Keyturn
import Yams

/// Turns the nodes of the file into values, and remembers what is wrong with them.
///
/// Whatever reads a value returns nil after a complaint, and goes on: the user is to see everything
/// at once. A value counts only if there was no complaint at all.
struct SettingsReader {
  /// The folder that relative paths start at, with its slash; empty for the current one.
  let folder: String
  private(set) var complaints = Complaints()
  private var repeatedKeys: [Place: YAMLDocument.RepeatedKey]

  /// A reader for the nodes of one document.
  init(folder: String, repeatedKeys: [Place: YAMLDocument.RepeatedKey]) {
    self.folder = folder
    self.repeatedKeys = repeatedKeys
  }

  /// Adds a complaint.
  mutating func complain(at place: Place, _ message: @autoclosure () -> String) {
    complaints.add(at: place, message())
  }

  /// Complains about what no section has met: keys repeated within something that is unknown.
  mutating func finish() {
    for key in repeatedKeys.values {
      let complaint = YAMLDocument.complaint(about: key)
      complain(at: complaint.place, complaint.message)
    }
    repeatedKeys = [:]
  }
}

/// A key with its value.
struct Entry {
  /// The key.
  var name: String
  /// Where the key stands.
  var place: Place
  /// The value.
  var value: Node
  /// Where the value stands.
  var valuePlace: Place

  /// Whether the value is a mapping.
  var isMapping: Bool {
    if case .mapping = value { true } else { false }
  }
}

/// A mapping of the file, out of which entries are taken until none is left.
struct Section {
  /// What the section is called in a complaint.
  var title: String
  /// Where it is named.
  var place: Place
  fileprivate(set) var entries: [Entry]

  /// Takes the entry of that key out of the section.
  ///
  /// The entries of a section are few; those with many are read in a loop instead.
  mutating func take(_ name: String) -> Entry? {
    guard let index = entries.firstIndex(where: { $0.name == name }) else { return nil }
    return entries.remove(at: index)
  }
}

extension SettingsReader {
  /// The mapping that an entry holds; empty where nothing stands after its colon.
  mutating func section(_ entry: Entry, _ title: String, example: String) -> Section? {
    guard accepts(entry.value) else { return nil }
    switch entry.value {
    case .mapping(let mapping):
      return Section(title: title, place: entry.place, entries: entries(of: mapping))
    case .scalar(let scalar) where scalar.isNull:
      return Section(title: title, place: entry.place, entries: [])
    default:
      complain(at: entry.valuePlace, "\(title) is a mapping: write \(example)")
      return nil
    }
  }

  /// The items of a list.
  mutating func list(_ entry: Entry, example: String) -> [Entry]? {
    guard accepts(entry.value) else { return nil }
    guard case .sequence(let sequence) = entry.value else {
      complain(
        at: entry.value.isNull ? entry.place : entry.valuePlace,
        "'\(entry.name)' is a list: write \(entry.name): \(example)")
      return nil
    }
    return sequence.map { node in
      let place = node.place ?? entry.valuePlace
      return Entry(name: entry.name, place: place, value: node, valuePlace: place)
    }
  }

  /// The text of an entry, whatever it means.
  mutating func content(_ entry: Entry, example: String) -> String? {
    scalar(entry, example: example)?.string
  }

  /// The text of an entry, with how it is written.
  mutating func scalar(_ entry: Entry, example: String) -> Node.Scalar? {
    guard accepts(entry.value) else { return nil }
    guard case .scalar(let scalar) = entry.value else {
      complain(
        at: entry.valuePlace, "'\(entry.name)' is one value: write \(entry.name): \(example)")
      return nil
    }
    guard !scalar.isNull else {
      complain(
        at: entry.place,
        "'\(entry.name)' has no value: write \(entry.name): \(example), or leave it out")
      return nil
    }
    return scalar
  }

  /// Complains about the entries that nobody has taken.
  mutating func close(_ section: Section, _ vocabulary: Vocabulary) {
    for entry in section.entries {
      complain(at: entry.place, vocabulary.complaint(about: entry.name, in: section.title))
    }
  }

  private mutating func entries(of mapping: Node.Mapping) -> [Entry] {
    var entries: [Entry] = []
    entries.reserveCapacity(mapping.count)
    var hasRepeatedKey = false
    for (key, value) in mapping {
      let place = key.place ?? .start
      guard accepts(key) else { continue }
      guard case .scalar(let scalar) = key else {
        complain(at: place, "a key is a word: no list and no mapping can be one")
        continue
      }
      var name = scalar.string
      if !repeatedKeys.isEmpty, let original = repeatedKeys[place] {
        name = original.name
        hasRepeatedKey = true
      }
      entries.append(
        Entry(name: name, place: place, value: value, valuePlace: value.place ?? place))
    }
    return hasRepeatedKey ? withoutRepetition(entries) : entries
  }

  private mutating func withoutRepetition(_ entries: [Entry]) -> [Entry] {
    var first: [String: Place] = [:]
    return entries.filter { entry in
      repeatedKeys[entry.place] = nil
      guard let earlier = first.updateValue(entry.place, forKey: entry.name) else { return true }
      complain(
        at: entry.place,
        "the key '\(entry.name.shown(upTo: 64))' stands on line \(earlier.line) already: keep one")
      return false
    }
  }

  /// Whether a node is free of what makes a configuration hard to follow; complains if it is not.
  private mutating func accepts(_ node: Node) -> Bool {
    // Yams gives these tags itself: to texts in quotation marks, and to whatever is a key.
    let (tag, usual): (Tag, Tag.Name) =
      switch node {
      case .scalar(let scalar): (scalar.tag, .str)
      case .mapping(let mapping): (mapping.tag, .map)
      case .sequence(let sequence): (sequence.tag, .seq)
      case .alias(let alias): (alias.tag, .implicit)
      }
    guard tag.rawValue.isEmpty || tag.rawValue == usual.rawValue else {
      complain(at: node.place ?? .start, "tags (!…) are not accepted: write the value alone")
      return false
    }
    guard node.anchor == nil else {
      complain(
        at: node.place ?? .start,
        "anchors (&…) and aliases (*…) are not accepted: write each value where it belongs")
      return false
    }
    return true
  }
}

extension Node.Scalar {
  /// Whether this is what YAML takes for no value.
  var isNull: Bool {
    style == .plain && (string.isEmpty || ["~", "null", "Null", "NULL"].contains(string))
  }
}

extension Node {
  fileprivate var isNull: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.isNull
  }

  /// Where the node begins.
  var place: Place? { mark.map { Place($0) } }
}
