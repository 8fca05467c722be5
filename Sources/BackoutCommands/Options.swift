import ArgumentParser
import Foundation
import Planning
import Runbook

/// `--json`, on every verb: one documented, stable object.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON object instead of text.")
  var json = false
}

/// Which runbook, and how its holes are filled.
struct RunbookOptions: ParsableArguments {
  @Argument(help: "The runbook: Markdown or YAML.")
  var runbook: String?
  @Argument(help: "The procedure; needed where the runbook has several.")
  var procedure: String?
  @Option(name: .customLong("procedure"), help: ArgumentHelp("The same, by name.", visibility: .hidden))
  var namedProcedure: String?
  @Option(help: "Read this backout.yaml instead of the one beside the runbook or in this folder.")
  var bindings: String?
  @Option(name: .customLong("env"), help: "An overlay from environments: in backout.yaml.")
  var environment: String?
  @Option(help: ArgumentHelp("Fill a placeholder.", valueName: "NAME=VALUE"))
  var set: [String] = []
  @Option(help: ArgumentHelp("Choose among alternatives.", valueName: "ID=OPTION"))
  var choose: [String] = []
  @Option(help: ArgumentHelp("Begin at this step.", valueName: "STEP"))
  var from: String?
  @Option(help: ArgumentHelp("Do this stage alone.", valueName: "STAGE"))
  var only: String?
  @Option(help: ArgumentHelp("Accept a problem by its name, with --reason.", valueName: "PROBLEM"))
  var accept: [String] = []
  @Option(
    help: ArgumentHelp("Prevent that this brings the bad version back; the plan lists them.", valueName: "NAME or all"))
  var quarantine: [String] = []
  @Option(help: "Why: goes with --accept, --without-keep and --answer, into the record.")
  var reason: String?

  var chosenProcedure: String? { namedProcedure ?? procedure }

  /// These options again: what a printed command needs so that it means the same plan.
  ///
  /// - Parameter quarantine: the offers taken.
  func typed(key: String, quarantine taken: [String], accepting: String? = nil, withoutKeep: [String] = []) -> String {
    var words = [runbook ?? key] + [procedure].compactMap(\.self)
    func add(_ option: String, _ values: [String]) { for value in values { words += [option, value] } }
    add("--procedure", [namedProcedure].compactMap(\.self))
    add("--bindings", [bindings].compactMap(\.self))
    add("--env", [environment].compactMap(\.self))
    add("--set", set)
    add("--choose", choose)
    add("--from", [from].compactMap(\.self))
    add("--only", [only].compactMap(\.self))
    add("--accept", accept + [accepting].compactMap(\.self))
    add("--without-keep", withoutKeep)
    add("--quarantine", taken)
    add("--reason", [reason ?? accepting.map { _ in "WHY" }].compactMap(\.self))
    return Self.line(words)
  }

  /// The same for `confirm`.
  func typedForConfirm(key: String) -> String {
    Self.typedForConfirm(runbook ?? key, bindings: bindings, environment: environment)
  }

  static func typedForConfirm(_ runbook: String, bindings: String?, environment: String?) -> String {
    line([runbook] + (bindings.map { ["--bindings", $0] } ?? []) + (environment.map { ["--env", $0] } ?? []))
  }

  private static func line(_ words: [String]) -> String {
    words.map { $0.hasPrefix("--") ? $0 : ShellQuoting.quoted($0) }.joined(separator: " ")
  }

  func load() async throws -> Workspace { try await Workspace.open(runbook: runbook, bindings: bindings) }

  /// Problem name → reason. Throws where a reason is missing.
  func accepted() throws -> [String: String] {
    guard !accept.isEmpty else { return [:] }
    guard let reason, !reason.isEmpty else {
      throw Failure(.badInput, "--accept needs --reason; nothing was executed.")
    }
    return Dictionary(accept.map { ($0, reason) }, uniquingKeysWith: { first, _ in first })
  }
}

/// `NAME=VALUE` arguments as pairs. Throws `Failure` where one has no `=`.
func pairs(_ arguments: [String], option: String) throws -> [String: String] {
  var result: [String: String] = [:]
  for argument in arguments {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw Failure(.badInput, "\(option) \(argument): wants NAME=VALUE; nothing was executed.")
    }
    result[String(argument[..<equals])] = String(argument[argument.index(after: equals)...])
  }
  return result
}
