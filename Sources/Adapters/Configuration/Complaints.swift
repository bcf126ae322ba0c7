import Keyturn

/// A place in the file, counted from 1; a column is a Unicode scalar.
struct Place: Hashable, Comparable, Sendable {
  static let start = Place(line: 1, column: 1)

  var line: Int
  var column: Int

  static func < (left: Place, right: Place) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// Something wrong with the file: where, what, and what to write instead, in one phrase.
struct Complaint: Error, Hashable, Sendable {
  var place: Place
  var message: String
}

/// Everything that is wrong with the file.
struct Complaints {
  /// How many are told at once.
  static let shown = 20
  /// How many are put into words: enough to show the first ones of the file, and a bound on the work.
  private static let remembered = 200

  private var complaints: [Complaint] = []
  private var count = 0

  /// Adds one; `message` is only made if it may be shown.
  mutating func add(at place: Place, _ message: @autoclosure () -> String) {
    count += 1
    guard complaints.count < Self.remembered else { return }
    complaints.append(Complaint(place: place, message: message()))
  }

  /// All of them as one error, in the order of the file; nil where there are none.
  func error(in file: String) -> KeyturnError? {
    let distinct = Set(complaints).sorted { ($0.place, $0.message) < ($1.place, $1.message) }
    guard let first = distinct.first else { return nil }
    var hints = distinct.dropFirst().prefix(Self.shown - 1).map { Self.line($0, in: file) }
    let rest = count - (complaints.count - distinct.count) - Self.shown
    if rest > 0 {
      hints.append("and \(rest) more")
    }
    return KeyturnError(.configuration, Self.line(first, in: file), hints: hints)
  }

  private static func line(_ complaint: Complaint, in file: String) -> String {
    let place = complaint.place
    return "\(file.shown()):\(place.line):\(place.column): \(complaint.message)"
  }
}
