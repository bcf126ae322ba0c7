import Testing

@testable import KeyturnCommand

/// The one place that knows how wide a cell is.
@Suite struct TextTableTests {
  private static let style = Style(isOn: false)

  private static func table() -> TextTable {
    var table = TextTable([
      .init("NAME", shrinksTo: 4), "STATE", .init("LEFT", isNumber: true),
      .init("BAR", leaves: 1), .init("NOTE", leaves: 2),
    ])
    table.add(["株式会社マジェントリクス", "ok", "7 d", "██░░", "a note"])
    table.add(["portal", "WARNING", "700 d", "█░░░", ""])
    return table
  }

  @Test func `columns stand below each other, whatever is in them`() {
    #expect(
      Self.table().lines(style: Self.style) == [
        "NAME                      STATE     LEFT  BAR   NOTE",
        "株式会社マジェントリクス  ok         7 d  ██░░  a note",
        "portal                    WARNING  700 d  █░░░",
      ])
  }

  @Test(arguments: 20...70)
  func `it fits, as far as its columns give way`(width: Int) {
    let lines = Self.table().lines(style: Self.style, width: width)
    let narrowest = 4 + 2 + 7 + 2 + 5
    #expect(lines.allSatisfy { $0.columns <= max(width, narrowest) })
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    // The states are whole as long as anything else can give.
    #expect(lines[2].contains("WARNING") && lines[2].contains("700 d"))
    #expect(lines[0].contains("BAR") == (width >= 34))
    #expect(lines[0].contains("NOTE") == (width >= 28))
    #expect(lines[1].contains("…") == (width < 54))
  }

  @Test func `colours do not count, and get the cell without its blanks`() {
    let plain = Self.table().lines(style: Self.style)
    let colored = Self.table().lines(style: Style(isOn: true)) { _, column, cell in
      #expect(!cell.hasSuffix(" ") && !cell.hasPrefix(" "))
      return column == 1 ? "\u{1b}[32m\(cell)\u{1b}[0m" : cell
    }
    #expect(colored[1].contains("\u{1b}[32mok\u{1b}[0m       "))
    let bare = colored.map { $0.replacing(/\u{1b}\[[0-9]*m/, with: "") }
    #expect(bare == plain)
  }
}
