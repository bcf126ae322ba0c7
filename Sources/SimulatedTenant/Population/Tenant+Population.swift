import Foundation

/// Applications that exist by their number alone, until something happens to them.
extension Tenant {
  /// Adds applications without registering them one by one; a tenant has one population.
  public mutating func populate(_ population: ApplicationPopulation) {
    self.population = population
  }

  /// How many applications there are, deleted ones aside.
  public var applicationCount: Int {
    let registered = applications.count { $0.deletedAt == nil && $0.populationNumber == nil }
    let deleted = touchedNumbers.values.count { applications[$0].deletedAt != nil }
    return registered + (population?.count ?? 0) - deleted
  }

  /// Makes one of the population an application with a record of its own, unless it is one.
  ///
  /// - Returns: Its position among the registered ones.
  mutating func touch(_ number: Int) -> Int? {
    if let position = touchedNumbers[number] { return position }
    guard let population, (0..<population.count).contains(number) else { return nil }
    insert(population[number].registered)
    touchedNumbers[number] = applications.count - 1
    return applications.count - 1
  }

  /// The number in the population of an application that nobody has touched.
  func untouchedNumber(appID: String) -> Int? {
    guard let population, let bits = GUIDBits(appID) else { return nil }
    return population.number(appID: bits).flatMap { touchedNumbers[$0] == nil ? $0 : nil }
  }

  /// Lets an application of the population that has this client id have a record of its own.
  mutating func touch(appID: String) {
    if let number = untouchedNumber(appID: appID) { _ = touch(number) }
  }

  /// As ``touch(appID:)``, by the object id.
  mutating func touch(objectID: String) {
    guard let population, let bits = GUIDBits(objectID),
      let number = population.number(objectID: bits)
    else { return }
    _ = touch(number)
  }

  /// Lets those of the population have a record of their own whose name a test accepts.
  mutating func touchNames(where isWanted: (String) -> Bool) {
    guard let population else { return }
    for number in 0..<population.count
    where touchedNumbers[number] == nil && isWanted(population[number].displayName) {
      _ = touch(number)
    }
  }
}
