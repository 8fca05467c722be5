/// The page of rules, made from the rules themselves: `docs/lint/rules.md`.
public enum RulesPage {
  public static func text(_ rules: [any LintRule] = allRules) -> String {
    var lines = [
      "# Lint rules", "",
      "Made by `backout lint --rules --markdown`; a test holds that it is current. `backout lint --explain RULE` shows one.",
      "", "| rule | severity | what is wrong |", "| --- | --- | --- |",
    ]
    lines += rules.map { "| [`\($0.id)`](#\($0.id)) | \($0.severity.rawValue) | \($0.summary) |" }
    for rule in rules { lines += ["", section(rule)] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One rule, whole.
  public static func section(_ rule: any LintRule) -> String {
    var lines = ["## \(rule.id)", "", "**\(rule.severity.rawValue).** \(rule.summary)", "", rule.explanation, ""]
    lines += ["Found in:", "", fenced(rule.bad), "", "Not in:", "", fenced(rule.good)]
    if !rule.references.isEmpty {
      lines += ["", "Rests on: " + rule.references.map { "<\($0)>" }.joined(separator: ", ")]
    }
    return lines.joined(separator: "\n")
  }

  /// The examples hold fences themselves.
  private static func fenced(_ text: String) -> String {
    "````markdown\n" + (text.hasSuffix("\n") ? text : text + "\n") + "````"
  }
}
