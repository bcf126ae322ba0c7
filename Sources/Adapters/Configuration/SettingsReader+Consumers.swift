import Foundation
import Keyturn

/// `consumer:`, `consumers:` and `portal:` of a connection.
extension SettingsReader {
  /// The consumers of a connection; one of the standard kind where it names none.
  mutating func consumers(_ section: inout Section, standard: Consumer.Kind) -> [Consumer]? {
    let single = section.take("consumer")
    let portal = section.take("portal")
    guard let several = section.take("consumers") else {
      let kind = single.map { self.kind($0) } ?? standard
      let url = portal.map { self.portal($0, of: kind) }
      guard let kind else { return nil }
      return [Consumer(name: kind.rawValue, kind: kind, portal: url ?? nil)]
    }
    if let single {
      complain(at: single.place, "'consumer' stands beside 'consumers': keep one")
    }
    if let portal {
      complain(
        at: portal.place,
        "'portal' stands beside 'consumers': write it into the consumer that has it")
    }
    return consumers(several, standard: standard)
  }

  private mutating func consumers(_ entry: Entry, standard: Consumer.Kind) -> [Consumer]? {
    let example = "[magentrix, manual]"
    guard let items = list(entry, example: example) else { return nil }
    guard !items.isEmpty else {
      complain(at: entry.valuePlace, "'consumers' is empty: write consumer: none if nobody is told")
      return nil
    }
    var consumers: [Consumer] = []
    var names: Set<String> = []
    for item in items {
      guard let consumer = consumer(item, standard: standard) else { continue }
      guard names.insert(consumer.name).inserted else {
        complain(
          at: item.place,
          "there are two consumers '\(consumer.name)': give each a name, "
            + "as in { name: partners, type: magentrix }")
        continue
      }
      consumers.append(consumer)
    }
    return consumers
  }

  private mutating func consumer(_ item: Entry, standard: Consumer.Kind) -> Consumer? {
    guard item.isMapping else {
      return kind(item).map { Consumer(name: $0.rawValue, kind: $0) }
    }
    let example = "{ name: partners, type: magentrix }"
    guard var section = section(item, "a consumer", example: example) else { return nil }
    let name = required("name", in: &section, example: "partners").flatMap { self.name($0) }
    let kind = section.take("type").map { self.kind($0) } ?? standard
    let portal = section.take("portal").map { self.portal($0, of: kind) }
    close(section, .consumer)
    guard let name, let kind else { return nil }
    return Consumer(name: name, kind: kind, portal: portal ?? nil)
  }

  private mutating func kind(_ entry: Entry) -> Consumer.Kind? {
    word(entry, of: Consumer.Kind.allCases.map(\.rawValue)).flatMap(Consumer.Kind.init)
  }

  private mutating func name(_ entry: Entry) -> String? {
    guard let name = content(entry, example: "partners") else { return nil }
    guard name.isName else {
      complain(
        at: entry.valuePlace, "\(name.quotedUnlessSecret) can't name a consumer: " + String.nameRule
      )
      return nil
    }
    return name
  }

  private mutating func portal(_ entry: Entry, of kind: Consumer.Kind?) -> URL? {
    guard kind != Consumer.Kind.none else {
      complain(at: entry.place, "'portal' makes no sense where nobody is told: leave it out")
      return nil
    }
    return url(entry, example: "https://partners.contoso.com")
  }
}
