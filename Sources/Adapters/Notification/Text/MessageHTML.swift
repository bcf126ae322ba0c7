import Foundation
import Keyturn

/// A message as HTML that mail clients show: tables and inline styles, no script, nothing from
/// elsewhere.
///
/// Colours are those of the reader's own theme but for a bar beside each line, whose word says the
/// same.
public struct MessageHTML: Sendable {
  /// The document.
  public let html: String

  /// Writes a message out, as ``MessageText`` does.
  public init(_ message: Message) {
    var rows = message.shownLines.map { Self.row($0, at: message.at) }
    if message.hiddenLines > 0 {
      rows.append(Self.plainRow("and \(message.hiddenLines) more: <code>keyturn status</code>"))
    }
    if let next = message.next { rows.append(Self.plainRow("Next: \(next.words.escapedForHTML)")) }
    let subject = message.subject.shown(upTo: 300).escapedForHTML
    let head = "<td colspan=\"2\" style=\"padding:0 0 12px 0;font-size:18px\">"
    let foot = "<td colspan=\"2\" style=\"padding:12px 0 0 0;font-size:12px\">"
    html = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark">
      <meta name="supported-color-schemes" content="light dark">
      <title>\(subject)</title>
      </head>
      <body style="margin:0;padding:16px;font-family:sans-serif;font-size:15px;line-height:1.4">
      <table role="presentation" cellpadding="0" cellspacing="0" style="max-width:640px;width:100%">
      <tr>\(head)<strong>\(subject)</strong></td></tr>
      \(rows.joined(separator: "\n"))
      <tr>\(foot)\(Self.footer(message))</td></tr>
      </table>
      </body>
      </html>

      """
  }

  private static func row(_ line: Message.Line, at now: Date) -> String {
    var parts = [
      "<strong>\(line.word)</strong> \(line.title.shown(upTo: 200).escapedForHTML)",
      line.text.shown(upTo: 400).escapedForHTML,
    ]
    if !line.remedy.isEmpty {
      parts.append("<strong>To do:</strong> \(line.remedy.shown(upTo: 400).escapedForHTML)")
    }
    if let deadline = line.deadline(from: now) { parts.append("<strong>By:</strong> \(deadline)") }
    if let keyID = line.keyID {
      parts.append("Key id: <code>\(keyID.shown(upTo: 60).escapedForHTML)</code>")
    }
    return """
      <tr><td style="width:4px;background-color:\(line.barColor)"></td>\
      <td style="padding:6px 0 10px 12px;word-break:break-word">\
      \(parts.joined(separator: "<br>\n"))</td></tr>
      """
  }

  private static func plainRow(_ html: String) -> String {
    "<tr><td colspan=\"2\" style=\"padding:6px 0\">\(html)</td></tr>"
  }

  private static func footer(_ message: Message) -> String {
    var parts = ["keyturn on \(message.host.shown(upTo: 100)), \(Timestamp.format(message.at))"]
    if let snoozing = message.snoozing { parts.append("Not to be warned for a while: \(snoozing)") }
    parts.append(
      "Message \(message.id.shown(upTo: 64)) of the route \(message.route.shown(upTo: 60))")
    return parts.map(\.escapedForHTML).joined(separator: "<br>\n")
  }
}

extension Message.Line {
  /// A colour that can be told from light and dark grounds alike.
  fileprivate var barColor: String {
    if kind == .resolved { return "#2e8b57" }
    return switch severity {
    case .critical: "#d32f2f"
    case .warning: "#e08a00"
    case .unknown: "#7a6fd0"
    case .ok: "#2e8b57"
    }
  }
}

extension String {
  /// Text as it can stand between tags and in quoted attributes.
  fileprivate var escapedForHTML: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
