import Runbook

/// What a section states beside its steps, collected while it is read.
struct Aside {
  var facts: [Fact] = []
  var notRun: [NotRun] = []
  var triggers: [Trigger] = []
  var decisionMatrix: [DecisionRule] = []
  var contacts: [Contact] = []
  var criteria: [Criterion] = []
  var reportTemplate: String?
  /// Rows of a time table, to be matched with stages by their words.
  var estimates: [(line: Int, name: String, estimate: Estimate)] = []

  mutating func add(_ other: Aside) {
    facts += other.facts
    notRun += other.notRun
    triggers += other.triggers
    decisionMatrix += other.decisionMatrix
    contacts += other.contacts
    criteria += other.criteria
    reportTemplate = reportTemplate ?? other.reportTemplate
    estimates += other.estimates
  }

  static func reason(_ kind: SectionKind?) -> NotRun.Reason {
    switch kind {
    case .forward: .forward
    case .drill: .drill
    case .quickReference, .checklist: .quickReference
    case .troubleshooting: .troubleshooting
    case .template: .template
    case .prevention: .prevention
    case .backupAdvice: .backupAdvice
    default: .example
    }
  }

  /// Everything below a heading that does not run.
  mutating func read(_ section: Section, as kind: SectionKind?, classifier: SectionClassifier, shell: ShellIndex) {
    read(section.blocks, as: kind, heading: section.heading.text, classifier: classifier, shell: shell)
    for child in section.children {
      let own = classifier.kind(of: child.heading.text)
      read(child, as: Self.inner(kind, own), classifier: classifier, shell: shell)
    }
  }

  /// A sub-section says what it is for, unless the whole is of a kind that nothing below leaves.
  private static func inner(_ outer: SectionKind?, _ own: SectionKind?) -> SectionKind? {
    guard let outer else { return own }
    switch outer {
    case .prevention where own == .drill: return own
    case .forward, .drill, .template, .prevention, .troubleshooting, .backupAdvice, .quickReference: return outer
    case .after where own == .background: return outer
    case .checklist:
      return own == .after || own == .prevention || own == .forward ? own : outer
    default:
      guard let own else { return outer }
      return own
    }
  }

  mutating func read(
    _ blocks: [Block], as outer: SectionKind?, heading: String = "", classifier: SectionClassifier, shell: ShellIndex
  ) {
    var kind = outer
    var leadIn = heading
    var isNegative = classifier.isNegative(heading)
    for block in blocks {
      switch block.content {
      case .paragraph(let text):
        let flat = text.flat
        retention(flat, line: text.firstLine, classifier: classifier)
        leadIn = flat
        let label = Label(text)
        let name = label?.name ?? flat
        isNegative = classifier.isNegative(heading) || classifier.isNegative(name)
        if outer == .contacts { contactLines(text) }
        if outer == .estimates || outer == .background, let label,
          let estimate = Quantity.estimate(label.rest)
        {
          estimates.append((text.firstLine, label.name, estimate))
          facts.append(Fact(line: text.firstLine, kind: .estimate, text: flat))
        }
        if text.isStrong || flat.hasSuffix(":") || label?.rest.isEmpty == true,
          let own = classifier.kind(of: Heading(name).title)
        {
          kind = Self.inner(outer, own)
        } else if flat.hasSuffix(":"), classifier.advisesBackup(flat) {
          kind = Self.inner(outer, .backupAdvice)
        } else if text.isStrong || flat.hasSuffix(":") {
          kind = outer
        }
        for code in text.codes where shell.command(code.text) != nil {
          notRun.append(NotRun(line: text.firstLine, text: code.text, reason: Self.reason(kind)))
        }
      case .fence(let fence): self.fence(fence, line: block.line, kind: kind, leadIn: leadIn, classifier: classifier)
      case .table(let table):
        self.read(table, heading: "\(heading) \(leadIn)", line: block.line, classifier: classifier, kind: kind)
      case .list(let ordered, let items):
        for item in items {
          entry(
            item, kind: kind, ordered: ordered, leadIn: leadIn, isNegative: isNegative, classifier: classifier,
            shell: shell)
        }
      case .quote(let inner): read(inner, as: kind, heading: heading, classifier: classifier, shell: shell)
      case .heading, .rule, .html: break
      }
    }
  }

  private mutating func entry(
    _ item: ListItem, kind: SectionKind?, ordered: Bool, leadIn: String, isNegative: Bool,
    classifier: SectionClassifier,
    shell: ShellIndex
  ) {
    let text = item.text?.flat ?? ""
    let isRetention = retention(text, line: item.line, classifier: classifier)
    var readsCodes = true
    if !text.isEmpty {
      switch kind {
      case .triggers where !isNegative:
        let bound = Quantity.bound(text)
        triggers.append(
          Trigger(
            line: item.line, text: Heading.stripped(text), quantity: bound?.quantity, comparison: bound?.comparison,
            bound: bound?.bound,
            unit: bound?.unit, window: bound?.window))
      case .criteria: criterion(text, line: item.line)
      case .verification where item.isChecked != nil: criterion(text, line: item.line)
      case .after: after(text, line: item.line)
      case .contacts:
        if text.contains("://"), !ordered {
          facts.append(Fact(line: item.line, kind: .note, text: text))
        } else {
          contact(text, line: item.line, escalation: ordered ? item.number : nil)
        }
      default:
        if item.isChecked != nil {
          notRun.append(NotRun(line: item.line, text: text, reason: Self.reason(kind)))
          readsCodes = false
        } else if !isRetention {
          facts.append(Fact(line: item.line, kind: .note, text: text))
        }
      }
    }
    if readsCodes, let codes = item.text?.codes {
      for code in codes where shell.command(code.text) != nil {
        notRun.append(NotRun(line: item.line, text: code.text, reason: Self.reason(kind)))
      }
    }
    read(Array(item.nested), as: kind, heading: text, classifier: classifier, shell: shell)
  }

  // MARK: Items

  private mutating func fence(
    _ fence: Fence, line: Int, kind: SectionKind?, leadIn: String, classifier: SectionClassifier
  ) {
    if fence.kind == .markdown {
      template(fence, line: line, context: leadIn, classifier: classifier)
      return
    }
    let body = fence.text.trimmed
    guard !body.isEmpty else { return }
    let reason: NotRun.Reason
    if fence.kind == .none, kind != .template {
      reason =
        kind == .forward || kind == .drill
        ? Self.reason(kind) : classifier.kind(of: leadIn) == .template ? .template : .output
    } else {
      reason = Self.reason(kind)
    }
    notRun.append(NotRun(line: line, text: body, reason: reason))
  }

  private static let reporting = PhraseSet(["incident", "report", "document*", "post mortem", "postmortem"])

  /// The report's template: the first Markdown fence that an incident report is spoken of beside.
  mutating func template(_ fence: Fence, line: Int, context: String, classifier: SectionClassifier) {
    let body = fence.text.trimmed
    let words = WordList(context + " " + (body.split(separator: "\n").first.map(String.init) ?? ""))
    let isReport = Self.reporting.isIn(words)
    if isReport, reportTemplate == nil {
      reportTemplate = fence.text
      facts.append(Fact(line: line, kind: .template, text: body))
    } else {
      notRun.append(NotRun(line: line, text: body, reason: .template))
    }
  }

  mutating func criterion(_ text: String, line: Int) {
    let bound = Quantity.bound(text)
    criteria.append(
      Criterion(
        line: line, kind: .criterion, text: Heading.stripped(text), quantity: bound?.quantity,
        comparison: bound?.comparison,
        bound: bound?.bound, unit: bound?.unit, duration: bound == nil ? Quantity.estimate(text) : nil))
  }

  private static let watching = PhraseSet([
    "monitor*", "watch*", "observe*", "keep an eye", "모니터링", "監視", "monitorear", "monitorar",
  ])

  /// The after-care: what is watched for a time is a criterion, anything else a task.
  mutating func after(_ text: String, line: Int) {
    let watches = Self.watching.isIn(WordList(text))
    let bound = Quantity.bound(text)
    criteria.append(
      Criterion(
        line: line, kind: watches || bound != nil ? .criterion : .task, text: Heading.stripped(text),
        quantity: bound?.quantity,
        comparison: bound?.comparison, bound: bound?.bound, unit: bound?.unit,
        duration: watches ? Quantity.estimate(text) : nil))
  }

  mutating func contact(_ text: String, line: Int, escalation: Int?) {
    let plain = Heading.stripped(text)
    var role = plain
    var detail: String?
    for mark in [": ", " - ", " – ", " — ", " ("] {
      guard let range = plain.firstRange(of: mark) else { continue }
      role = plain[..<range.lowerBound].trimmed
      detail = plain[range.upperBound...].trimmed
      if mark == " (", detail?.hasSuffix(")") == true { detail?.removeLast() }
      break
    }
    guard !role.isEmpty else { return }
    contacts.append(Contact(line: line, role: role, detail: detail, escalation: escalation))
  }

  /// "**On-call**: name" on each line of a paragraph.
  private mutating func contactLines(_ text: InlineText) {
    for (line, part) in text.lines {
      let flat = part.filter { $0 != "`" }.trimmed
      guard let label = Label(plain: flat), !label.rest.isEmpty, !label.rest.hasPrefix("//") else { continue }
      contacts.append(Contact(line: line, role: Heading.stripped(label.name), detail: label.rest))
    }
  }

  mutating func note(_ item: ListItem, as kind: SectionKind?, shell: ShellIndex) {
    let text = item.text?.flat ?? ""
    if kind == .contacts {
      contact(text, line: item.line, escalation: item.number)
    } else {
      facts.append(Fact(line: item.line, kind: .note, text: text))
    }
    for code in item.text?.codes ?? [] where shell.command(code.text) != nil {
      notRun.append(NotRun(line: item.line, text: code.text, reason: Self.reason(kind)))
    }
  }

  /// "… preserved for 90 days", "keep images for 30 days".
  @discardableResult
  mutating func retention(_ text: String, line: Int, classifier: SectionClassifier) -> Bool {
    guard classifier.speaksOfRetention(text),
      !facts.contains(where: { $0.line == line && $0.kind == .retention })
    else { return false }
    facts.append(Fact(line: line, kind: .retention, text: text))
    return true
  }
}

/// Texts of list items, nested ones too.
enum InertReader {
  static func items(of blocks: [Block]) -> [(line: Int, text: String)] {
    var result: [(Int, String)] = []
    blocks.walk { block in
      guard case .list(_, let items) = block.content else { return }
      for item in items { if let text = item.text?.flat { result.append((item.line, text)) } }
    }
    return result
  }
}
