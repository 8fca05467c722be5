import Runbook

struct StepNumbers: LintRule {
  let id = "step-numbers"
  let severity = Finding.Severity.warning
  let summary = "Two steps bear the same number, or their numbers run backwards."
  let explanation = """
    "Do step 3 again" means two things where two steps are called 3, and a step pasted into the wrong place shows by its
    number. Number them anew, in the order in which they run.
    """
  let bad = """
    # Rollback

    ## Rollback steps

    ### Step 1: stop the workers

    ```bash
    systemctl stop worker
    ```

    ### Step 2: revert

    ```bash
    git revert --no-edit HEAD
    ```

    ### Step 2: start the workers

    ```bash
    systemctl start worker
    ```
    """
  let good = """
    # Rollback

    ## Rollback steps

    ### Step 1: stop the workers

    ```bash
    systemctl stop worker
    ```

    ### Step 2: revert

    ```bash
    git revert --no-edit HEAD
    ```

    ### Step 3: start the workers

    ```bash
    systemctl start worker
    ```
    """

  func findings(in document: LintDocument) -> [Finding] {
    var result: [Finding] = []
    var previous: [Int: (number: Int, line: Int, prefix: String)] = [:]
    for heading in document.headings {
      previous = previous.filter { $0.key <= heading.level }
      guard let (prefix, number) = Self.number(of: heading.text) else {
        previous[heading.level] = nil
        continue
      }
      if let last = previous[heading.level], last.prefix == prefix, number > 1,
        number == last.number || number < last.number && !Self.runsBackwards(prefix)
      {
        result.append(
          finding(
            line: heading.line,
            number == last.number
              ? "a second “\(prefix)\(number)”: the first is on line \(last.line)"
              : "“\(prefix)\(number)” comes after “\(prefix)\(last.number)” (line \(last.line))",
            fix: Fix(title: "number the steps in the order in which they run")))
      }
      previous[heading.level] = (number, heading.line, prefix)
    }
    return result
  }

  /// Phases are taken back in the reverse order.
  private static func runsBackwards(_ prefix: String) -> Bool { prefix.lowercased().hasPrefix("phase") }

  /// Of "Step 3: …", "3. …", "Phase 2 …": what stands before the number, and the number.
  private static func number(of text: String) -> (prefix: String, number: Int)? {
    var rest = text.drop { !$0.isLetter && !$0.isNumber }
    let word = rest.prefix { $0.isLetter }
    guard
      word.isEmpty || ["step", "phase", "paso", "passo", "étape", "schritt", "шаг", "bước"].contains(word.lowercased())
    else { return nil }
    rest = rest.dropFirst(word.count).drop { $0 == " " }
    let digits = rest.prefix { $0.isNumber }
    guard let number = Int(digits), number < 100 else { return nil }
    let after = rest.dropFirst(digits.count)
    guard after.first.map({ ".):-–—".contains($0) || $0 == " " && !word.isEmpty }) ?? !word.isEmpty,
      !(after.first == "." && after.dropFirst().first?.isNumber ?? false),
      !(after.first == "-" && after.dropFirst().first?.isLetter ?? false)
    else { return nil }
    return (word.isEmpty ? "" : "\(word) ", number)
  }
}
