/// How many seconds a change takes to each replica.
struct Spread: Sendable, Equatable {
  /// One delay for each replica of the token service.
  var token: [Double] = []
  /// One delay for each replica of Graph.
  var graph: [Double] = []

  /// A change that every replica knows at once.
  static let settled = Spread()

  /// The delay of a replica.
  ///
  /// The number of replicas may have changed since the change was made.
  static func delay(_ delays: [Double], _ replica: Int) -> Double {
    delays.isEmpty ? 0 : delays[replica % delays.count]
  }
}
