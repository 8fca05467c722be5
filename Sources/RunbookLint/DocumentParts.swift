import Runbook

extension LintDocument {
  /// Whether the document, in lower case, holds one of `words`.
  func mentions(_ words: [String]) -> Bool { lowerText.holds(words) }

  /// Where the document speaks of when, for how long or to whom: under its title, else at its first line.
  var titleLine: Int { headings.first?.line ?? 1 }
}

extension LintDocument {
  /// Whether the section at `line` sets the product up, and is no part of a recovery.
  func isSetUp(at line: Int) -> Bool {
    isUnder(line) { ["quick start", "quickstart", "getting started"].contains($0.plainWords.joined(separator: " ")) }
  }

  private static let lists: TextSet = ["useful commands", "available commands", "common commands", "command reference"]

  /// Whether the section at `line` lists commands, of which somebody picks one.
  func listsCommands(at line: Int) -> Bool { isUnder(line) { $0.lowercased().holds(Self.lists) } }

  private static let trials: TextSet = ["prevent", "locally", "local dev", "local test"]

  /// Whether the section at `line` is about trying things out before a release.
  func isTrial(at line: Int) -> Bool { isUnder(line) { $0.lowercased().holds(Self.trials) } }

  private func isUnder(_ line: Int, _ isIt: (String) -> Bool) -> Bool {
    outline.path(to: line).contains { headings[$0].level > 1 && isIt(headings[$0].text) }
  }
}

extension PlacedStep {
  /// Whether the two never run together: they belong to different options of one choice.
  func excludes(_ other: PlacedStep) -> Bool {
    guard let mine = step.choice, let theirs = other.step.choice else { return false }
    return stage.id == other.stage.id && mine.choice == theirs.choice && mine.option != theirs.option
  }

  /// Whether all that it does is to start or to publish what is there.
  var serves: Bool {
    let own = commands.filter { $0.command.context != .substitution }
    return !own.isEmpty
      && own.allSatisfy { found in
        if let verb = found.compose?.first { return ["up", "start"].contains(verb) }
        let verb = found.operands.first ?? ""
        switch found.name {
        case "systemctl", "supervisorctl", "pm2": return ["start", "enable", "daemon-reload"].contains(verb)
        case "service": return found.operands.last == "start"
        case "git": return verb == "push"
        case "php": return found.operands.starts(with: ["artisan", "up"])
        default: return false
        }
      }
  }

  /// Whether it only takes a service out of the way.
  var stops: Bool {
    commands.contains { found in
      if let verb = found.compose?.first { return ["down", "stop"].contains(verb) }
      return found.operands.contains("stop") || found.operands.starts(with: ["artisan", "down"])
    }
  }

  /// What a person does or says, in lower case; empty for what a machine does.
  var words: String {
    switch step.action {
    case .manual, .confirm: lowerText
    default: ""
    }
  }
}

extension Array where Element == PlacedStep {
  /// The steps before `index` that may have run when it does.
  func before(_ index: Int) -> [PlacedStep] { self[..<index].filter { !$0.excludes(self[index]) } }
  func after(_ index: Int) -> [PlacedStep] { self[(index + 1)...].filter { !$0.excludes(self[index]) } }
}

extension Array where Element == Finding {
  /// A stage that several procedures share is spoken of once.
  var once: [Finding] {
    var seen: Set<Int> = []
    return filter { seen.insert($0.line).inserted }
  }
}
