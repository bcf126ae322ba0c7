extension Array where Element: Sendable {
  /// What becomes of each element, in their order, worked out on all cores.
  ///
  /// For work of microseconds, which a task for each element would double: a task takes a batch.
  public func concurrentMap<Value: Sendable>(
    batch: Int = 250, _ transform: @escaping @Sendable (Element) -> Value
  ) async -> [Value] {
    guard count > batch else { return map(transform) }
    return await withTaskGroup(of: (Int, [Value]).self) { group in
      let starts = stride(from: 0, to: count, by: batch)
      for (number, start) in starts.enumerated() {
        let part = self[start..<Swift.min(start + batch, count)]
        group.addTask { (number, part.map(transform)) }
      }
      var parts = [[Value]](repeating: [], count: starts.underestimatedCount)
      for await (number, values) in group { parts[number] = values }
      return parts.flatMap(\.self)
    }
  }
}
