import Keyturn
import Yams

/// libyaml's findings in words that say what to do.
enum YAMLSyntax {
  /// The complaint about an error that Yams threw.
  static func complaint(about error: any Error) -> Complaint {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _):
      if let opening = unclosedQuote(context, problem) {
        return opening
      }
      return Complaint(place: Place(mark), message: phrase(for: problem, in: context))
    case .composer(nil, _, let mark, _):
      return Complaint(
        place: Place(mark), message: "an alias (*…) that stands for nothing: write the value itself"
      )
    case .composer(_, _, let mark, _):
      return Complaint(
        place: Place(mark),
        message: "a second document begins here: a configuration is one document")
    default:
      return Complaint(place: .start, message: "this is not YAML: \("\(error)".shown())")
    }
  }

  private static func unclosedQuote(_ context: YamlError.Context?, _ problem: String) -> Complaint?
  {
    guard let context, context.text == "while scanning a quoted scalar" else { return nil }
    return Complaint(
      place: Place(context.mark), message: "the text in quotation marks that begins here has no end"
    )
  }

  private static func phrase(for problem: String, in context: YamlError.Context?) -> String {
    if let phrase = phrases[problem] {
      return phrase
    }
    if problem.hasPrefix("did not find expected ','"), let context {
      let bracket = problem.hasSuffix("']'") ? "[" : "{"
      return "a comma or the end of what '\(bracket)' opens on line \(context.mark.line) is missing"
    }
    if problem.hasPrefix("Maximum nesting level reached") {
      return "this is nested too deeply"
    }
    return "this is not YAML: \(problem.shown())"
  }

  private static let phrases = [
    "mapping values are not allowed in this context":
      "a colon that makes no sense here: check the indentation, or put the text in quotation marks",
    "did not find expected key":
      "a key is expected here: check the indentation of this line and of the one before",
    "could not find expected ':'":
      "a colon is missing: every key is followed by a colon and a space",
    "block sequence entries are not allowed in this context":
      "a list item that makes no sense here: begin the list on a line of its own",
    "did not find expected '-' indicator":
      "a list item is expected here: check the indentation of this line",
    "found character that cannot start any token":
      "a character that begins no value: indent with spaces, put the text in quotation marks",
    "found a tab character that violates indentation":
      "a tab in the indentation: indent with spaces",
    "found a tab character where an indentation space is expected":
      "a tab in the indentation: indent with spaces",
    "found unknown escape character":
      "a backslash with no meaning: in double quotes write it twice, or use single quotes",
    "did not find expected node content":
      "a value is expected here: put the text in quotation marks",
  ]
}
