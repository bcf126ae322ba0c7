import Adapters
import Foundation
import Keyturn
import TestSupport
import Testing

@Suite struct CalendarReportTests {
  /// The content lines, put together again (RFC 5545, section 3.1).
  private func lines(_ text: String) -> [String] {
    // By bytes: a blank with a combining mark behind it is another Character.
    var bytes = Data(text.utf8)
    while let fold = bytes.range(of: Data("\r\n ".utf8)) { bytes.removeSubrange(fold) }
    return String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
  }

  private func values(_ name: String, _ text: String) -> [String] {
    lines(text).filter { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
  }

  @Test func `one event of a day for each event of the plan`() throws {
    let overview = try Overview.sample([.sample(endsIn: 100), .sample(endsIn: 200)])
    let text = CalendarReport(overview).text
    #expect(values("BEGIN:", text).count { $0 == "VEVENT" } == overview.plan.events.count)
    #expect(values("BEGIN:", text).first == "VCALENDAR" && text.hasSuffix("END:VCALENDAR\r\n"))
    #expect(values("DTSTART;VALUE=DATE:", text).prefix(2) == ["20261202", "20270101"])
    #expect(values("DTEND;VALUE=DATE:", text).prefix(2) == ["20261203", "20270102"])
    #expect(
      values("SUMMARY:", text).first == "connection-0: expires in 90 days\\, on 2027-03-02")
    #expect(values("X-WR-CALNAME:", text).count == 1)
    #expect(Set(values("UID:", text)).count == overview.plan.events.count)
  }

  @Test func `a newer report moves the events instead of having them twice`() throws {
    let old = try Overview.sample([.sample(endsIn: 100)])
    var new = old
    new.asOf = old.asOf.addingTimeInterval(86_400)
    new.plan = Plan(
      [(old.entries[0].connection, .sample(endsIn: 900))], from: new.asOf, until: nil)
    let (before, after) = (CalendarReport(old).text, CalendarReport(new).text)
    #expect(values("UID:", before) == values("UID:", after))
    #expect(values("DTSTART;VALUE=DATE:", before) != values("DTSTART;VALUE=DATE:", after))
    let (first, second) = (values("SEQUENCE:", before)[0], values("SEQUENCE:", after)[0])
    #expect(try #require(Int(first)) < #require(Int(second)))
    #expect(values("DTSTAMP:", before)[0] == "20261122T021000Z")
    #expect(CalendarReport(old).text == before)
  }

  @Test func `the next ends in observed tenants are events that keep their ids`() throws {
    var overview = try Overview.sample([])
    overview.tenants = TenantStanding.monitored(at: Overview.instant)
    let text = CalendarReport(overview).text
    #expect(
      values("SUMMARY:", text) == [
        "Forgotten CRM in adventure: the last client secret expires",
        "SAML\\, ü 長 in adventure: the last client secret expires",
      ])
    #expect(values("DTSTART;VALUE=DATE:", text) == ["20261127", "20270101"])
    #expect(Set(values("UID:", text)).count == 2)
    // A day later, and with another end, an event is the same.
    var newer = overview
    newer.asOf += 86_400
    newer.tenants = [.sample("adventure", ends: ["Forgotten CRM": 300], at: newer.asOf)]
    #expect(values("UID:", CalendarReport(newer).text) == [values("UID:", text)[0]])
    // An application of the same id in another tenant is another one.
    newer.tenants[0] = .sample("other", ends: ["Forgotten CRM": 300], at: newer.asOf)
    #expect(values("UID:", CalendarReport(newer).text) != [values("UID:", text)[0]])
    newer.tenants[0].endings = (1...200).map {
      .sample("App \($0)", in: "other", number: $0, days: 300 - Double($0), at: newer.asOf)
    }
    let many = CalendarReport(newer).text
    #expect(values("SUMMARY:", many).count == CalendarReport.longest)
    #expect(values("SUMMARY:", many).first?.hasPrefix("App 200 ") == true)
  }

  @Test(arguments: Overview.hostile.indices)
  func `no text becomes a line of its own, and no line is too long`(number: Int) throws {
    let calm = CalendarReport(try .hostile("calm")).text
    let text = CalendarReport(try .hostile(Overview.hostile[number])).text
    let names = { (text: String) in lines(text).map { $0.prefix { $0 != ":" && $0 != ";" } } }
    #expect(names(text) == names(calm))
    for line in text.components(separatedBy: "\r\n") {
      #expect(line.utf8.count <= 75)
      #expect(!line.unicodeScalars.contains { $0.actsOnTerminal })
    }
  }
}
