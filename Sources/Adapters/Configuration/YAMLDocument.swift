import Keyturn
import Yams

/// The file as one tree of nodes.
///
/// An alias is known by the anchor of the node that it stands for, and a node does not own its
/// anchor: the document keeps the parser, which does.
struct YAMLDocument {
  /// A key that stands more than once in one mapping.
  struct RepeatedKey {
    var name: String
    /// Where it stands first; the node there has another name, see ``YAMLDocument/init(_:)``.
    var first: Place
  }

  /// The outermost node.
  let root: Node
  /// The keys that stand more than once, by the place where they stand first.
  let repeatedKeys: [Place: RepeatedKey]
  private let parser: Parser

  /// Composes the one document that the text holds.
  ///
  /// Yams gives up at the first mapping that has a key twice, and tells the place of only one of
  /// them. So that such a file is judged like any other, that key gets a letter which no file uses
  /// and the text is composed again; this moves nothing, because a place counts scalars.
  ///
  /// Throws: ``Complaint`` for an empty text, bad syntax, and a second document.
  init(_ text: String) throws(Complaint) {
    var text = text
    var repeated: [Place: RepeatedKey] = [:]
    while true {
      switch Self.compose(text) {
      case .document(let parser, let root):
        self.parser = parser
        self.root = root
        repeatedKeys = repeated
        return
      case .repeatedKey(let key):
        guard repeated[key.first] == nil else { throw Self.complaint(about: key) }
        repeated[key.first] = key
        text = try Self.renaming(key, number: repeated.count, in: text)
      case .complaint(let complaint):
        let first = repeated.values.min { $0.first < $1.first }
        throw first.map(Self.complaint) ?? complaint
      }
    }
  }

  /// What is said of a repeated key whose second place is not known.
  static func complaint(about key: RepeatedKey) -> Complaint {
    Complaint(
      place: key.first,
      message: "the key '\(key.name.shown(upTo: 64))' stands more than once here: keep one")
  }

  private enum Composition {
    case document(Parser, Node)
    case repeatedKey(RepeatedKey)
    case complaint(Complaint)
  }

  private static func compose(_ text: String) -> Composition {
    // Yams hands libyaml the address of the text's bytes. Fifteen bytes or less live inside of the
    // string value itself, which may move; spaces at the end mean nothing.
    let text = text.utf8.count > 15 ? text : text + String(repeating: " ", count: 16)
    do {
      // Without rules to resolve tags, no regular expression is run on any key.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      if let root = try parser.singleRoot() {
        return .document(parser, root)
      }
      return .complaint(
        Complaint(place: .start, message: "the file is empty: `keyturn init` writes one"))
    } catch YamlError.duplicatedKeysInMapping(let names, let context) {
      return .repeatedKey(RepeatedKey(name: names.first ?? "", first: Place(context.mark)))
    } catch {
      return .complaint(YAMLSyntax.complaint(about: error))
    }
  }

  private static func renaming(
    _ key: RepeatedKey, number: Int, in text: String
  ) throws(Complaint) -> String {
    guard number <= Complaints.shown, var index = YAMLText.index(of: key.first, in: text),
      let letter = Unicode.Scalar(0x10_0000 + UInt32(number))
    else { throw complaint(about: key) }
    let scalars = text.unicodeScalars
    if scalars[index] == "\"" || scalars[index] == "'" {
      index = scalars.index(after: index)
    }
    guard index < scalars.endIndex else { throw complaint(about: key) }
    var renamed = text
    renamed.unicodeScalars.replaceSubrange(index...index, with: CollectionOfOne(letter))
    return renamed
  }
}

extension Place {
  /// The place of a mark.
  init(_ mark: Mark) {
    self.init(line: mark.line, column: mark.column)
  }
}
