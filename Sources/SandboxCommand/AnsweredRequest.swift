/// A request that a service of the tenant answered.
struct AnsweredRequest: Encodable, Sendable {
  var at: String
  var method: String
  var path: String
  var status: Int
}
