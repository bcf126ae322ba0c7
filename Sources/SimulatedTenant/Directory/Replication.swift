/// How many replicas the services have, and how long a change takes to reach each of them.
///
/// Every request meets a replica by chance, so that during the delays two answers in a row may
/// contradict each other. No delay is promised by Microsoft; the ranges follow what people saw:
/// <https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1921> measured 4 to 18
/// seconds, others wait for minutes.
public struct Replication: Sendable, Equatable {
  /// The number of replicas of the token service.
  public var tokenReplicas: Int
  /// Seconds until a replica of the token service accepts a new secret.
  public var tokenAddition: ClosedRange<Double>
  /// Seconds until a replica of the token service refuses a removed secret.
  public var tokenRemoval: ClosedRange<Double>
  /// The number of replicas that Graph reads from.
  public var graphReplicas: Int
  /// Seconds until a replica of Graph shows a change.
  public var graphLag: ClosedRange<Double>

  /// Creates replicas with the given delays.
  public init(
    tokenReplicas: Int, tokenAddition: ClosedRange<Double>, tokenRemoval: ClosedRange<Double>,
    graphReplicas: Int, graphLag: ClosedRange<Double>
  ) {
    self.tokenReplicas = max(1, tokenReplicas)
    self.tokenAddition = tokenAddition
    self.tokenRemoval = tokenRemoval
    self.graphReplicas = max(1, graphReplicas)
    self.graphLag = graphLag
  }

  /// Every change is known everywhere at once.
  public static let none = Replication(
    tokenReplicas: 1, tokenAddition: 0...0, tokenRemoval: 0...0, graphReplicas: 1, graphLag: 0...0)

  /// Graph shows changes at once; the token service takes some seconds, as on an ordinary day.
  public static let mild = Replication(
    tokenReplicas: 3, tokenAddition: 4...20, tokenRemoval: 4...20, graphReplicas: 1,
    graphLag: 0...0)

  /// Graph's reads go backwards; the token service takes minutes, as on a bad day.
  public static let slow = Replication(
    tokenReplicas: 4, tokenAddition: 120...300, tokenRemoval: 120...300, graphReplicas: 3,
    graphLag: 0...30)
}
