/// The header fields of a request or an answer, in order, with names that ignore case.
public struct HeaderFields: Sendable, Equatable {
  /// One name with its value.
  public struct Field: Sendable, Equatable {
    /// The name as it is written on the wire.
    public let name: String
    /// The value as it is written on the wire.
    public var value: String
  }

  /// All fields, in the order in which they were added.
  public private(set) var fields: [Field] = []

  /// Creates an empty list of fields.
  public init() {}

  /// The value of the field with this name; assigning `nil` removes it.
  public subscript(name: String) -> String? {
    get { position(of: name).map { fields[$0].value } }
    set {
      let position = position(of: name)
      switch (position, newValue) {
      case (let position?, let value?): fields[position].value = value
      case (let position?, nil): fields.remove(at: position)
      case (nil, let value?): fields.append(Field(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  private func position(of name: String) -> Int? {
    let length = name.utf8.count
    return fields.firstIndex {
      $0.name.utf8.count == length && $0.name.lowercased() == name.lowercased()
    }
  }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
  /// Creates the fields in the order of the literal; of two with one name the later wins.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { self[name] = value }
  }
}
