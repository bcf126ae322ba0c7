import SimulatedTenant

/// The form of the control page that lets things go wrong.
struct FaultsForm {
  let faults: Faults

  var html: HTML {
    """
    <h2>Faults</h2>
    <form method="post" action="/_sandbox/forms/faults">
    <fieldset><legend>Token service</legend>
    \(number("sign_in_failure_code", "AADSTS", faults.signInFailure?.code))
    \(number("sign_in_failure_count", "for the next (empty: all)", faults.signInFailure?.count))
    <label>Answer <select name="token_answer_kind"><option value="">as it is</option>
    \(Faults.TokenAnswer.Kind.allCases.map(option))
    </select></label>
    \(number("token_answer_count", "for the next (empty: all)", faults.tokenAnswer?.count))
    \(throttle("token_throttle", faults.tokenThrottle))
    \(box("old_descriptions", "descriptions of before 2024", faults.oldDescriptions))
    </fieldset>
    <fieldset><legend>Graph</legend>
    \(number("read_staleness", "reads lag by seconds", Int(faults.readStaleness)))
    \(box("flapping", "reads go backwards", faults.flapping))
    \(number("concurrency_violations", "concurrency violations", faults.concurrencyViolations))
    \(number("addition_violations", "those of additions alone", faults.additionViolations))
    \(number("concurrency_violation_status", "their status", faults.concurrencyViolationStatus))
    \(number("lost_answers", "writes without an answer", faults.lostAnswers))
    \(number("lost_updates", "writes that undo the one before", faults.lostUpdates))
    \(number(
      "removal_fails_after_addition", "removals fail for seconds after an addition",
      Int(faults.removalFailsAfterAddition)))
    \(box("writes_forbidden", "writes forbidden", faults.writesForbidden))
    \(box("object_too_large", "object too large", faults.objectTooLarge))
    \(box("secrets_forbidden", "policy forbids secrets", faults.secretsForbidden))
    \(number("maximum_lifetime_days", "policy: at most days", faults.maximumLifetimeDays))
    \(number(
      "sign_in_report_latency", "sign-ins show in reports after seconds",
      Int(faults.signInReportLatency)))
    \(box("activity_report_missing", "no credential activity report", faults.activityReportMissing))
    \(box("sign_in_report_missing", "no report of last sign-ins", faults.signInReportMissing))
    \(box("reports_unlicensed", "no licence for reports", faults.reportsUnlicensed))
    \(throttle("graph_throttle", faults.graphThrottle))
    </fieldset>
    <fieldset><legend>Lists of Graph</legend>
    <label>A page is <select name="page_answer_kind"><option value="">as it is</option>
    \(Faults.PageAnswer.Kind.allCases.map(option))
    </select></label>
    \(number("page_answer_page", "its number (empty: 2)", faults.pageAnswer?.page))
    \(number("page_answer_count", "for the next (empty: all)", faults.pageAnswer?.count))
    \(number("page_answer_retry_after", "Retry-After", faults.pageAnswer?.retryAfter))
    \(box("odd_dates", "dates that are none", faults.oddDates))
    \(number("extra_credentials", "secrets more in the first application", faults.extraCredentials))
    \(box("principals_forbidden", "service principals forbidden", faults.principalsForbidden))
    \(box("owners_forbidden", "owners forbidden", faults.ownersForbidden))
    \(box("delta_omits_credentials", "delta omits credentials", faults.deltaOmitsCredentials))
    \(box("delta_tokens_forgotten", "delta links are forgotten", faults.deltaTokensForgotten))
    \(number("token_lifetime", "tokens live for seconds", faults.tokenLifetime))
    \(number("token_uses", "tokens are refused after requests", faults.tokenUses))
    \(number("resource_unit_limit", "resource units in 10 seconds", faults.resourceUnitLimit))
    </fieldset>
    <fieldset><legend>Dataverse</legend>
    \(box("application_user_missing", "application user missing", faults.applicationUserMissing))
    \(box("environment_changed", "another environment answers", faults.environmentChanged))
    \(throttle("dataverse_throttle", faults.dataverseThrottle))
    </fieldset>
    <button>Set faults</button>
    <button name="clear" value="true">Take all away</button>
    </form>
    """
  }

  private func box(_ name: String, _ label: String, _ isOn: Bool) -> HTML {
    let checked: HTML = isOn ? " checked" : ""
    return """
      <label><input type="checkbox" name="\(name)" value="true"\(checked)> \(label)</label>

      """
  }

  private func number(_ name: String, _ label: String, _ value: Int?) -> HTML {
    """
    <label>\(label) <input type="number" min="0" name="\(name)" value="\(value.map(String.init) ?? "")">\
    </label>

    """
  }

  private func throttle(_ name: String, _ throttle: Faults.Throttle?) -> HTML {
    """
    \(number(name + "_count", "throttled requests", throttle?.count))
    \(number(name + "_retry_after", "Retry-After", throttle?.retryAfter))
    \(number(name + "_status", "status (empty: 429)", throttle?.status))
    """
  }

  private func option(_ kind: Faults.TokenAnswer.Kind) -> HTML {
    option(kind.rawValue, isSelected: faults.tokenAnswer?.kind == kind)
  }

  private func option(_ kind: Faults.PageAnswer.Kind) -> HTML {
    option(kind.rawValue, isSelected: faults.pageAnswer?.kind == kind)
  }

  private func option(_ name: String, isSelected: Bool) -> HTML {
    let selected: HTML = isSelected ? " selected" : ""
    return "<option value=\"\(name)\"\(selected)>\(name)</option>\n"
  }
}

extension Faults {
  /// Reads what ``FaultsForm`` sends.
  init(_ form: [String: String]) {
    self.init()
    func number(_ name: String) -> Int? { form[name].flatMap { Int($0) } }
    func throttle(_ name: String) -> Throttle? {
      guard let count = number(name + "_count"), count > 0 else { return nil }
      return Throttle(
        count: count, retryAfter: number(name + "_retry_after"),
        status: number(name + "_status"))
    }
    guard form["clear"] == nil else { return }
    if let code = number("sign_in_failure_code") {
      signInFailure = SignIn(code: code, count: number("sign_in_failure_count"))
    }
    if let kind = form["token_answer_kind"].flatMap(TokenAnswer.Kind.init(rawValue:)) {
      tokenAnswer = TokenAnswer(kind: kind, count: number("token_answer_count"))
    }
    readStaleness = number("read_staleness").map(Double.init) ?? 0
    flapping = form["flapping"] != nil
    concurrencyViolations = number("concurrency_violations") ?? 0
    additionViolations = number("addition_violations") ?? 0
    concurrencyViolationStatus = number("concurrency_violation_status") ?? 409
    tokenThrottle = throttle("token_throttle")
    graphThrottle = throttle("graph_throttle")
    dataverseThrottle = throttle("dataverse_throttle")
    lostAnswers = number("lost_answers") ?? 0
    lostUpdates = number("lost_updates") ?? 0
    secretsForbidden = form["secrets_forbidden"] != nil
    maximumLifetimeDays = number("maximum_lifetime_days")
    objectTooLarge = form["object_too_large"] != nil
    oldDescriptions = form["old_descriptions"] != nil
    applicationUserMissing = form["application_user_missing"] != nil
    environmentChanged = form["environment_changed"] != nil
    removalFailsAfterAddition = number("removal_fails_after_addition").map(Double.init) ?? 0
    writesForbidden = form["writes_forbidden"] != nil
    signInReportLatency = number("sign_in_report_latency").map(Double.init) ?? 0
    activityReportMissing = form["activity_report_missing"] != nil
    signInReportMissing = form["sign_in_report_missing"] != nil
    reportsUnlicensed = form["reports_unlicensed"] != nil
    if let kind = form["page_answer_kind"].flatMap(PageAnswer.Kind.init(rawValue:)) {
      pageAnswer = PageAnswer(
        kind: kind, page: number("page_answer_page"), count: number("page_answer_count"),
        retryAfter: number("page_answer_retry_after"))
    }
    oddDates = form["odd_dates"] != nil
    extraCredentials = number("extra_credentials") ?? 0
    principalsForbidden = form["principals_forbidden"] != nil
    ownersForbidden = form["owners_forbidden"] != nil
    deltaOmitsCredentials = form["delta_omits_credentials"] != nil
    deltaTokensForgotten = form["delta_tokens_forgotten"] != nil
    tokenLifetime = number("token_lifetime")
    tokenUses = number("token_uses")
    resourceUnitLimit = number("resource_unit_limit")
  }
}
