import Engine
import Planning

/// What a person at the terminal is asked, and how a line typed is understood. Enter alone always waits.
struct Questions: Sendable {
  var plan: Plan
  var name: String
  /// Shows lines and a prompt, and reads one line; nil: nobody answers.
  var read: @Sendable (_ lines: [String], _ prompt: String) async -> String?

  func ask(_ asks: [Ask], _ state: RunState, _ width: Int) async -> [RunAnswer]? {
    if asks.count > 1, asks.allSatisfy({ $0.kind == .confirmation }) { return await together(asks, width) }
    guard let ask = asks.first else { return nil }
    return await one(ask, state, width).map { [$0] }
  }

  private func line(_ lines: [String], _ prompt: String) async -> String? {
    guard let line = await read(lines, "    \(Style.accent.paint("›")) \(prompt) ") else { return nil }
    let text = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return text.isEmpty ? nil : text
  }

  // MARK: Confirmations

  private func together(_ asks: [Ask], _ width: Int) async -> [RunAnswer]? {
    let list = asks.map {
      "    □ \(Wording.fit(Wording.short($0.id), 6)) \(Text.cut($0.question.firstLine, width - 13))"
    }
    var lines = ["  \(Style.warn.paint("?")) \(Style.strong.paint("Do these \(asks.count) hold?"))"] + list
    while true {
      switch await line(lines, "y all hold · o one by one · Enter waits:")?.lowercased() {
      case nil: return nil
      case "y", "yes", "all": return asks.map { RunAnswer(key: $0.key, value: "yes", by: name) }
      case "o", "one": return await oneByOne(asks, width)
      case let other?: lines = ["  \(Style.warn.paint("?")) not understood: \(Text.cut(other, 40))"] + list
      }
    }
  }

  private func oneByOne(_ asks: [Ask], _ width: Int) async -> [RunAnswer]? {
    var answers: [RunAnswer] = []
    for (index, ask) in asks.enumerated() {
      let done = asks[..<index].map {
        "    \(Style.good.paint("✓")) \(Wording.fit(Wording.short($0.id), 6)) \(Text.cut($0.question.firstLine, width - 13))"
      }
      let lines =
        done + ["  \(Style.warn.paint("?")) \(Wording.fit(Wording.short(ask.id), 6)) \(ask.question.firstLine)"]
      guard let answer = await yesOrNo(ask, lines) else { break }
      answers.append(answer)
      if answer.value == "no" { break }
    }
    return answers.isEmpty ? nil : answers
  }

  private func yesOrNo(_ ask: Ask, _ lines: [String]) async -> RunAnswer? {
    while let text = await line(lines, "y yes · n no · Enter waits:")?.lowercased() {
      if ["y", "yes"].contains(text) { return RunAnswer(key: ask.key, value: "yes", by: name) }
      if ["n", "no"].contains(text) {
        let why = await line(lines, "no. Why (Enter: no reason):")
        return RunAnswer(key: ask.key, value: "no", reason: why, by: name)
      }
    }
    return nil
  }

  // MARK: Everything else

  private func one(_ ask: Ask, _ state: RunState, _ width: Int) async -> RunAnswer? {
    var lines = head(of: ask, state, width)
    if ask.options.map(\.id) == ["yes", "no"] { return await yesOrNo(ask, lines) }
    let widest = ask.options.map { Text.width($0.id) }.max() ?? 0
    let options = ask.options.enumerated().map { index, option in
      let title = option.id == option.title ? "" : option.title
      return "      \(Style.accent.paint(String(index + 1)))  \(Text.fit(option.id, widest + 1)) "
        + Text.cut(title, width - widest - 12)
    }
    while let text = await line(lines + options, "a number or a name · Enter waits:") {
      guard let option = Self.option(text, of: ask) else {
        lines = head(of: ask, state, width) + ["      " + Style.warn.paint("none of these: \(Text.cut(text, 40))")]
        continue
      }
      guard ["skip", "done"].contains(option.id) else { return RunAnswer(key: ask.key, value: option.id, by: name) }
      if let reason = await line(lines + options, "\(option.id): why (it goes into the record):") {
        return RunAnswer(key: ask.key, value: option.id, reason: reason, by: name)
      }
    }
    return nil
  }

  private func head(of ask: Ask, _ state: RunState, _ width: Int) -> [String] {
    if [.failed, .unknown].contains(ask.kind), let step = plan.step(ask.id) {
      return WaitingRows.trouble(step, ask, state.record(step.id), width)
    }
    return Text.wrap(ask.question, width - 12).enumerated().map { index, part in
      index == 0
        ? "  \(Style.warn.paint("?")) \(Style.strong.paint(Wording.fit(Wording.short(ask.id), 6))) \(part)"
        : "           \(part)"
    }
  }

  /// By its number, its id, or the only one that begins like this.
  static func option(_ text: String, of ask: Ask) -> AskOption? {
    if let number = Int(text) { return ask.options.indices.contains(number - 1) ? ask.options[number - 1] : nil }
    if let exact = ask.options.first(where: { $0.id == text.lowercased() }) { return exact }
    let near = ask.options.filter { $0.id.hasPrefix(text.lowercased()) }
    return near.count == 1 ? near[0] : nil
  }
}
