import Foundation

/// Bad usage, runbook or bindings: there is no plan, and nothing was looked at or executed.
public enum PlanningError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Offer: Hashable, Sendable {
    public var id: String
    public var title: String
    public init(id: String, title: String) {
      self.id = id
      self.title = title
    }
  }

  case noProcedure(document: String)
  case procedureNotNamed(document: String, offers: [Offer])
  case procedureUnknown(String, offers: [Offer])
  /// A procedure composed in the bindings names something that the runbook does not have.
  case memberUnknown(procedure: String, member: String)
  case stageUnknown(String, offers: [Offer])
  case stepUnknown(String)
  case environmentUnknown(String, known: [String])
  case choiceUnknown(String, known: [String])
  case optionUnknown(choice: String, option: String, offers: [Offer])
  case parameterUnknown(String, known: [String])
  case quarantineUnknown(String, known: [String])
  /// A step binding says no `is:`.
  case bindingWithoutIs(String)
  case bindingMatchesNone(key: String, text: String)
  case bindingMatchesSeveral(key: String, text: String, steps: [String])
  case bindingsMeanTheSame(first: String, second: String, step: String)

  public var description: String {
    switch self {
    case .noProcedure(let document):
      "\(document) holds no procedure that could run. `backout convert \(document)` shows how it was read, and why "
        + "each part does not run."
    case .procedureNotNamed(let document, let offers):
      "\(document) offers several procedures. Name one:\n" + Self.list(offers)
    case .procedureUnknown(let name, let offers): "No procedure is called \(name). There are:\n" + Self.list(offers)
    case .memberUnknown(let procedure, let member):
      "backout.yaml composes the procedure \(procedure) of \(member), which is neither a stage nor a step of the runbook."
    case .stageUnknown(let name, let offers): "No stage is called \(name). There are:\n" + Self.list(offers)
    case .stepUnknown(let name): "No step is called \(name). `backout plan` lists them."
    case .environmentUnknown(let name, let known):
      "No environment is called \(name) in backout.yaml. " + Self.among(known)
    case .choiceUnknown(let name, let known): "No choice is called \(name) in the runbook. " + Self.among(known)
    case .optionUnknown(let choice, let option, let offers):
      "The choice \(choice) has no option \(option). There are:\n" + Self.list(offers)
    case .parameterUnknown(let name, let known):
      "--set \(name): neither the runbook nor backout.yaml has a parameter of that name. " + Self.among(known)
    case .quarantineUnknown(let name, let known):
      "--quarantine \(name): looking at the system found no offer of that name. " + Self.among(known)
    case .bindingWithoutIs(let key):
      "steps › \(key) in backout.yaml says no `is:`. Add the beginning of the command that it is for, such as "
        + "`is: git checkout`: a binding never hangs on a position."
    case .bindingMatchesNone(let key, let text):
      "steps › \(key) in backout.yaml: no step begins with \"\(text)\". `backout convert` prints the steps."
    case .bindingMatchesSeveral(let key, let text, let steps):
      "steps › \(key) in backout.yaml: \"\(text)\" is the beginning of several steps, \(steps.joined(separator: ", ")). "
        + "Write more of the command after `is:`, or use one of these ids as the key."
    case .bindingsMeanTheSame(let first, let second, let step):
      "steps › \(first) and steps › \(second) in backout.yaml both mean \(step). Write them as one."
    }
  }

  private static func list(_ offers: [Offer]) -> String {
    let width = offers.map(\.id.count).max() ?? 0
    return offers.map { "  " + $0.id.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + $0.title }
      .joined(separator: "\n")
  }

  private static func among(_ known: [String]) -> String {
    known.isEmpty ? "There are none." : "There are: \(known.sorted().joined(separator: ", "))."
  }
}
