/// Columns of text, as wide as their widest cell, two blanks apart.
///
/// Widths are those of a terminal: this is the one place that knows how wide a cell is.
struct TextTable {
  /// One column.
  struct Column: ExpressibleByStringLiteral {
    let title: String
    /// Whether it stands at the right of its column, as numbers do.
    var isNumber = false
    /// How narrow it may get where there is no room for all, cut with an ellipsis; nil: it keeps its width.
    var shrinksTo: Int?
    /// Which of the columns goes first where cutting is not enough, beginning with 1; nil: it stays.
    var leaves: Int?

    init(_ title: String, isNumber: Bool = false, shrinksTo: Int? = nil, leaves: Int? = nil) {
      self.title = title
      self.isNumber = isNumber
      self.shrinksTo = shrinksTo
      self.leaves = leaves
    }

    init(stringLiteral title: String) {
      self.init(title)
    }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func add(_ row: [String]) {
    rows.append(row)
  }

  /// The lines, the header first; no line ends in a blank.
  ///
  /// With `width` they fit into so many columns, as far as the table's columns can give way. `decorate`
  /// gets each cell as it is shown, without blanks around it, so that colours don't count as columns.
  func lines(
    style: Style, width: Int? = nil,
    decorate: (_ row: Int, _ column: Int, _ cell: String) -> String = { $2 }
  ) -> [String] {
    let layout = layout(within: width)
    func line(_ row: [String], _ cell: (Int, String) -> String) -> String {
      var line = ""
      for (place, column) in layout.enumerated() {
        let text = row[column.index].cut(toColumns: column.width)
        let blanks = String(repeating: " ", count: column.width - text.columns)
        if place > 0 { line += "  " }
        let isLast = place == layout.count - 1
        line +=
          columns[column.index].isNumber
          ? blanks + cell(column.index, text) : cell(column.index, text) + (isLast ? "" : blanks)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    return [line(columns.map(\.title)) { style.bold($1) }]
      + rows.indices.map { index in line(rows[index]) { decorate(index, $0, $1) } }
  }

  /// Which columns are shown, and how wide.
  private func layout(within width: Int?) -> [(index: Int, width: Int)] {
    var layout = columns.indices.map { index in
      (index: index, width: ([columns.map(\.title)] + rows).map { $0[index].columns }.max() ?? 0)
    }
    guard let width else { return layout }
    func excess() -> Int {
      layout.map(\.width).reduce(0, +) + 2 * (layout.count - 1) - width
    }
    /// How much a column can still give.
    func slack(_ place: Int) -> Int {
      let (index, width) = layout[place]
      return columns[index].shrinksTo.map { max(0, width - $0) } ?? 0
    }
    for turn in columns.compactMap(\.leaves).sorted()
    where excess() > layout.indices.map(slack).reduce(0, +) {
      layout.removeAll { columns[$0.index].leaves == turn }
    }
    // The one that can give most gives first, so that short cells stay whole.
    while excess() > 0, let next = layout.indices.max(by: { slack($0) < slack($1) }),
      slack(next) > 0
    {
      layout[next].width -= 1
    }
    return layout
  }
}
