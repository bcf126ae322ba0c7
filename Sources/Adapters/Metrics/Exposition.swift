import Foundation
import Keyturn

/// Metrics on their way into the Prometheus text format, version 0.0.4.
///
/// Source: Prometheus, "Exposition formats".
struct Exposition {
  private var samples: [Metric: [String]] = [:]

  /// Adds a sample; labels stand in the order in which they are given.
  mutating func add(
    _ metric: Metric, _ labels: KeyValuePairs<String, String> = [:], value: Double
  ) {
    let list = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    let place = metric.rawValue + (list.isEmpty ? "" : "{\(list)}")
    samples[metric, default: []].append("\(place) \(Self.text(of: value))\n")
  }

  /// Adds a count.
  mutating func add(
    _ metric: Metric, _ labels: KeyValuePairs<String, String> = [:], count: Int
  ) {
    add(metric, labels, value: Double(count))
  }

  /// Adds an instant, if there is one.
  mutating func add(
    _ metric: Metric, _ labels: KeyValuePairs<String, String> = [:], at date: Date?
  ) {
    guard let date else { return }
    add(metric, labels, value: date.timeIntervalSince1970.rounded(.down))
  }

  /// The document: each metric's samples together, after what it is; what has none is left out.
  var text: String {
    var result = ""
    for metric in Metric.allCases {
      guard let lines = samples[metric] else { continue }
      result += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) gauge\n"
      for line in lines { result += line }
    }
    return result
  }

  /// A label's value may hold any Unicode text; these three characters would end it.
  ///
  /// What a terminal acts on is made visible too: these files are read with `cat` when something is wrong.
  static func escaped(_ value: String) -> String {
    // Nearly all of them are names, of which a tenant may have thousands.
    let isPlain =
      value.utf8.count <= 300
      && value.utf8.allSatisfy {
        0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
    if isPlain { return value }
    return value.shown().replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  /// Whole numbers without a fraction, which people read better, and without an exponent.
  private static func text(of value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
    guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
    return "\(Int64(value))"
  }
}
