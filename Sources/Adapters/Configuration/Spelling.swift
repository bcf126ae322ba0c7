/// Finds what somebody meant to write.
enum Spelling {
  /// The candidates that are spelled most like `word`, best first; empty where none comes near.
  ///
  /// A candidate is near if few letters have to change, or if one of the two begins with the other.
  static func nearest(
    to word: String, among candidates: some Sequence<String>, limit: Int = 3
  ) -> [String] {
    let wanted = Array(word.lowercased().utf8)
    guard (1...64).contains(wanted.count) else { return [] }
    var found: [(candidate: String, distance: Int)] = []
    for candidate in candidates {
      let letters = Array(candidate.lowercased().utf8)
      guard let distance = rank(wanted, letters) else { continue }
      found.append((candidate, distance))
    }
    let best = found.map(\.distance).min() ?? 0
    let near = found.filter { $0.distance <= best + 1 }
    return near.sorted { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
      .prefix(limit).map(\.candidate)
  }

  /// Words in quotation marks as alternatives: `'a', 'b' or 'c'`.
  static func choice(of words: [String]) -> String {
    let quoted = words.map { "'\($0)'" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
  }

  /// How far apart two words are; nil where nobody would take one for the other.
  private static func rank(_ left: [UInt8], _ right: [UInt8]) -> Int? {
    let bound = max(1, min(3, max(left.count, right.count) / 3))
    let isBeginning =
      min(left.count, right.count) >= 3
      && (left.starts(with: right) || right.starts(with: left))
    if abs(left.count - right.count) <= bound {
      let distance = distance(left, right)
      if distance <= bound {
        return distance
      }
    }
    return isBeginning ? bound + 1 : nil
  }

  /// The optimal string alignment distance: letters added, left out, changed, or swapped in pairs.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      current.reserveCapacity(right.count + 1)
      for column in right.indices {
        let change = last[column] + (left[row] == right[column] ? 0 : 1)
        var best = min(change, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
