import ArgumentParser
import Foundation
import Keyturn

/// A date or an instant on the command line: `2028-11-22` or RFC 3339.
struct Moment: ExpressibleByArgument {
  /// The instant; of a date, its last second in UTC.
  let date: Date
  /// The instant; of a date, its first second in UTC.
  let start: Date

  init?(argument: String) {
    guard let date = Timestamp.parse(argument) else { return nil }
    self.date = date
    start = Timestamp.parse(argument + "T00:00:00Z") ?? date
  }
}
