import Runbook

/// The texts of a step in which `StepResolution` fills holes: a value that none of them needs is not asked for.
enum FilledTexts {
  static func of(_ step: Step, mapped: ShellStatement?, binding: StepBinding?) -> [String] {
    var texts = [binding?.run ?? mapped?.text ?? step.text]
    for expectation in step.expectations.map(\.expectation) {
      texts += expectation.contains + [expectation.prose].compactMap(\.self)
      if case .string(let text)? = expectation.equals { texts.append(text) }
    }
    guard let binding else { return texts }
    texts += [binding.undo].compactMap(\.self)
    for check in binding.ready + [binding.guard, binding.verify].compactMap(\.self) {
      switch check.question {
      case .sql(let sql): texts.append(sql.text)
      case .command(let text), .confirmation(let text): texts.append(text)
      case .http(let http): texts.append(http.url)
      case .output: break
      }
    }
    return texts
  }
}
