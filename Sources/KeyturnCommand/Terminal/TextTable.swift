/// Columns of text, as wide as their widest cell, two blanks apart.
struct TextTable {
  private let header: [String]
  private var rows: [[String]] = []

  init(_ header: [String]) {
    self.header = header
  }

  mutating func add(_ row: [String]) {
    rows.append(row)
  }

  /// The lines, the header first; no line ends in a blank.
  ///
  /// `decorate` gets each cell after it was padded, so that colours don't count as columns.
  func lines(
    style: Style, decorate: (_ row: Int, _ column: Int, _ cell: String) -> String = { $2 }
  ) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    func padded(_ row: [String], _ cell: (Int, String) -> String) -> String {
      let cells = row.indices.map { column in
        let isLast = column == row.count - 1
        let blanks = String(repeating: " ", count: widths[column] - row[column].count)
        return cell(column, row[column]) + (isLast ? "" : blanks)
      }
      return cells.joined(separator: "  ")
    }
    return [padded(header) { style.bold($1) }]
      + rows.indices.map { index in padded(rows[index]) { decorate(index, $0, $1) } }
  }
}
