import Layer
import Runbook

/// Fills, maps, places and recognises each step in order: everything that the text and the bindings tell, without
/// looking at the system.
struct StepResolution {
  let drivers: DriverList
  let parser: any ShellParsing
  var filling: HoleFilling
  let bindings: RunbookBindings
  let settings: Settings
  /// Of the bindings, for what a person should write there: `ROLLBACK.md`.
  let document: String
  let base: ReadingContext
  let secrets: [String: SecretReference]
  let environment: [String: String]

  private var session: SessionSimulation
  private var ways: Ways?
  /// Holes whose values, or secrets, the session needs as variables.
  private(set) var usedVariables: Set<Int> = []
  private(set) var usedSecretVariables: Set<Int> = []

  /// A choice that nobody decided yet: each option goes its own way from the same point.
  private struct Ways {
    var choice: String
    var before: SessionSimulation
    var after: [(option: String, session: SessionSimulation)] = []
  }

  init(
    drivers: DriverList, parser: any ShellParsing, filling: HoleFilling, bindings: RunbookBindings,
    settings: Settings, document: String, base: ReadingContext, secrets: [String: SecretReference]
  ) {
    self.drivers = drivers
    self.parser = parser
    self.filling = filling
    self.bindings = bindings
    self.settings = settings
    self.document = document
    self.base = base
    self.secrets = secrets
    environment = base.variables
    session = SessionSimulation(directory: base.directory, variables: base.variables)
  }

  /// - Parameters:
  ///   - mapped: the statement after the `commands` mapping, where it has one.
  ///   - skip: why the step is left out.
  mutating func resolve(
    _ step: Step, stage: String, mapped: ShellStatement?, binding: StepBinding?, skip: String?, isDecided: Bool
  ) -> Draft {
    let membership = isDecided ? nil : step.choice
    if skip == nil { enter(membership) }
    var draft = Draft(
      source: step, binding: binding,
      planned: PlannedStep(
        id: step.id, stage: stage, line: step.line, endLine: step.endLine, title: step.title, kind: step.kind,
        role: step.role, action: step.action, command: "", place: step.place, directory: session.directory,
        choice: step.choice, optional: step.optional, approval: binding?.approval,
        timeout: binding?.timeout ?? settings.timeout, binding: binding, skip: skip))
    setAction(of: &draft, mapped: mapped)
    setChecks(of: &draft)
    finish(&draft)
    if mapped != nil || binding?.run != nil { draft.planned.writtenAs = step.text }
    if skip == nil { leave(membership) } else { draft.problems = [] }
    return draft
  }

  /// What a step was found to set.
  mutating func learn(_ name: String, is value: String) { session.set(name, to: value) }

  private mutating func enter(_ membership: ChoiceMembership?) {
    if let open = ways, open.choice != membership?.choice {
      session = SessionSimulation.joined(open.after.map(\.session), before: open.before)
      ways = nil
    }
    guard let membership else { return }
    let open = ways ?? Ways(choice: membership.choice, before: session)
    ways = open
    session = open.after.first { $0.option == membership.option }?.session ?? open.before
  }

  private mutating func leave(_ membership: ChoiceMembership?) {
    guard let membership, var open = ways else { return }
    open.after.removeAll { $0.option == membership.option }
    open.after.append((membership.option, session))
    ways = open
  }

  // MARK: The action

  private mutating func setAction(of draft: inout Draft, mapped: ShellStatement?) {
    let step = draft.source
    if let run = draft.binding?.run {
      draft.planned.kind = .shell
      setShell(CommandMapping.parsed(run, line: step.line, by: parser), of: &draft)
      return
    }
    switch step.action {
    case .shell(let written):
      let statement = mapped ?? written
      // Who maps a command says what is run here instead.
      if draft.binding?.interactive ?? (mapped == nil && step.interactive), draft.binding?.interactive != true {
        setManual(filling.fillProse(statement.text), of: &draft)
        draft.report(
          "interactive", .warning,
          "\(statement.text.split(whereSeparator: \.isNewline).first ?? "") needs a terminal or never returns, so a person does it. "
            + InteractiveForms.advice(for: statement))
      } else {
        draft.planned.interactive = draft.binding?.interactive ?? false
        setShell(statement, of: &draft)
      }
    case .sql(var sql):
      if let connection = draft.binding?.connection { sql.connection = connection }
      var report = HoleFilling.Report()
      sql.text = filling.fillSQL(sql.text, report: &report)
      tell(report, of: &draft)
      draft.planned.action = .sql(sql)
      recognise(.sql(sql), place: step.place, of: &draft)
      tellConnection(sql.connection, of: &draft)
    case .config(var block):
      var report = HoleFilling.Report()
      for index in block.settings.indices {
        block.settings[index].name = filling.fillSetting(block.settings[index].name, report: &report)
        block.settings[index].value = filling.fillSetting(block.settings[index].value, report: &report)
      }
      block.text = filling.fillSetting(block.text, report: &report)
      tell(report, of: &draft)
      draft.planned.action = .config(block)
      recognise(.config(block), place: step.place, of: &draft)
    case .file(let file):
      setManual(file.path.map { "Define \($0):\n\(file.contents)" } ?? file.contents, of: &draft)
    case .code(let language, let text): setManual(text, of: &draft, language: language)
    case .manual(let text): setManual(filling.fillProse(text), of: &draft)
    case .confirm(let text):
      if let check = draft.binding?.verify, !check.expectation.isForPerson, ask(check.question, of: &draft) {
        draft.answer = check.expectation
        draft.binding?.verify = nil
      } else {
        draft.planned.action = .confirm(filling.fillProse(text))
      }
    }
  }

  /// Makes a bound question the step's own action. False where only a person can put it.
  private mutating func ask(_ question: Check.Question, of draft: inout Draft) -> Bool {
    switch question {
    case .command(let text):
      draft.planned.kind = .shell
      setShell(CommandMapping.parsed(text, line: draft.source.line, by: parser), of: &draft)
    case .http(let http) where http.headers.isEmpty && http.body == nil && http.method == "GET":
      draft.planned.kind = .http
      setShell(
        CommandMapping.parsed("curl -sS \(ShellQuoting.quoted(http.url))", line: draft.source.line, by: parser),
        of: &draft)
    case .sql(var sql):
      if let connection = draft.binding?.connection, sql.connection == "default" { sql.connection = connection }
      draft.planned.kind = .sql
      draft.planned.action = .sql(sql)
      recognise(.sql(sql), place: .here, of: &draft)
      tellConnection(sql.connection, of: &draft)
    default: return false
    }
    // A check only looks, whatever its words are.
    for index in draft.planned.effects.indices {
      draft.planned.effects[index].role = .observe
      draft.planned.effects[index].reversibility = .exact
      draft.acts[index].effect = draft.planned.effects[index]
    }
    return true
  }

  private func setManual(_ text: String, of draft: inout Draft, language: String? = nil) {
    draft.planned.kind = language == nil && draft.source.kind != .file ? .manual : draft.source.kind
    draft.planned.action = .manual(text)
    recognise(.manual(text), place: draft.source.place, of: &draft)
  }

  private mutating func setShell(_ statement: ShellStatement, of draft: inout Draft) {
    var report = HoleFilling.Report()
    var filled = filling.fillShell(statement, report: &report)
    tell(report, of: &draft)
    var inner = session
    for (index, command) in filled.commands.enumerated() {
      if draft.planned.skip == nil { tellMissing(command, inner, of: &draft) }
      let context = inner.context(base.with(draft.binding))
      if let path = ScriptPath.find(in: command, session: inner) {
        draft.scripts.append(.init(command: index, word: path.word, path: path.path))
      }
      if let folder = inner.goal(of: command) {
        draft.folders.append(.init(written: command.text, path: folder, start: inner.directory))
      }
      recognise(command, in: context, variables: variables(of: command, inner), of: &draft)
      if draft.planned.skip == nil {
        inner.pass(command)
        // What a subshell or a loop does to the session ends with it.
        if command.context != .controlFlow { session.pass(command) } else { session.forget(after: command) }
      }
    }
    if session.directoryIsUnknown, draft.planned.skip == nil,
      !draft.problems.contains(where: { $0.code == "variable-missing" }),
      filled.commands.contains(where: { ["cd", "pushd"].contains($0.name) })
    {
      draft.report(
        "directory-unknown", .warning,
        "where \(filled.text) goes is known only when it runs: what later steps would touch is shown as from "
          + "\(session.directory)")
    }
    let isNative =
      filled.commands.count == 1 && filled.commands.first?.context == .alone && draft.planned.effects.count == 1
      && draft.planned.effects.first?.isNative == true
    usedVariables.formUnion(report.usedVariables)
    if !report.usedSecrets.isEmpty, !isNative {
      filled = filling.withSecretVariables(filled)
      usedSecretVariables.formUnion(report.usedSecrets)
    }
    draft.planned.action = .shell(filled)
  }

  // MARK: Recognition

  private func recognise(
    _ command: ParsedCommand, in context: ReadingContext, variables: Draft.Act.Variables, of draft: inout Draft
  ) {
    for effect in ActionRecognition.effects(of: command, drivers: drivers, in: context) {
      add(effect, in: context, variables: variables, place: .here, of: &draft)
    }
  }

  private func variables(of command: ParsedCommand, _ session: SessionSimulation) -> Draft.Act.Variables {
    // A driver looks at what feeds a command, too.
    let fed = command.feed.map { session.missing(in: $0) } ?? []
    if session.missing(in: command).isEmpty, fed.isEmpty { return .known }
    return session.opaqueSource == nil ? .missing : .maySet
  }

  private func recognise(_ action: ParsedAction, place: Place, of draft: inout Draft) {
    let context = session.context(base.with(draft.binding))
    if let effect = drivers.recognise(action, in: context) { add(effect, in: context, place: place, of: &draft) }
  }

  private func add(
    _ effect: Effect, in context: ReadingContext, variables: Draft.Act.Variables = .known, place: Place,
    of draft: inout Draft
  ) {
    var effect = effect
    // Never the local state by mistake.
    if effect.place == .here, place != .here { effect.place = place }
    if draft.source.destructive, effect.role == .change { effect.isDestructive = true }
    draft.planned.effects.append(effect)
    draft.acts.append(.init(effect: effect, context: context, variables: variables))
  }

  // MARK: Checks and the rest

  private mutating func setChecks(of draft: inout Draft) {
    var report = HoleFilling.Report()
    func check(_ bound: BoundCheck, _ role: Check.Role) -> Check {
      var question = bound.question
      switch question {
      case .sql(var sql):
        sql.text = filling.fillSQL(sql.text, report: &report)
        if let connection = draft.binding?.connection, sql.connection == "default" { sql.connection = connection }
        question = .sql(sql)
      case .command(let text): question = .command(filling.fillShellText(text, report: &report))
      case .http(var http):
        http.url = filling.fillShellText(http.url, report: &report)
        question = .http(http)
      case .confirmation(let text): question = .confirmation(filling.fillProse(text))
      case .output: break
      }
      return Check(role: role, question: question, expectation: bound.expectation, title: bound.title)
    }
    draft.planned.guards =
      (draft.binding?.ready.map { check($0, .ready) } ?? []) + (draft.binding?.guard.map { [check($0, .guard)] } ?? [])
    draft.planned.verifications =
      draft.source.expectations.map(filled) + (draft.binding?.verify.map { [check($0, .verification)] } ?? [])
    if let answer = draft.answer {
      draft.planned.verifications.append(Check(role: .verification, question: .output, expectation: answer))
    }
    if let undo = draft.binding?.undo {
      draft.planned.undoCommand = filling.fillShellText(undo, report: &report)
    }
    usedVariables.formUnion(report.usedVariables)
    tell(report, of: &draft)
  }

  private func finish(_ draft: inout Draft) {
    let effects = draft.planned.effects
    draft.planned.command = draft.planned.action.text
    let changes = effects.filter { $0.role == .change }
    if !changes.isEmpty {
      draft.planned.role = .change
    } else if !effects.isEmpty, draft.planned.role == .change {
      draft.planned.role = .observe
    }
    draft.planned.isRepeatable = draft.binding?.repeatable ?? (!effects.isEmpty && changes.allSatisfy(\.isRepeatable))
  }

  // MARK: What is wrong

  private func tell(_ report: HoleFilling.Report, of draft: inout Draft) {
    for index in report.open.sorted() {
      let hole = filling.holes[index]
      let placeholder = hole.placeholder
      let line = placeholder.lines.first { draft.planned.line...max(draft.planned.line, draft.planned.endLine) ~= $0 }
      if case .failed(let why) = hole.filling {
        draft.isComplete = false
        draft.report("from-failed", .error, line: line, "\(placeholder.spelling) has no value: \(why)")
      } else if placeholder.required {
        draft.isComplete = false
        draft.report(
          "hole-unbound", .error, line: line,
          "\(placeholder.spelling) is not filled in. Put under runbooks › \(document) › parameters in backout.yaml the "
            + "line `\(placeholder.name): VALUE`, or say --set \(placeholder.name)=VALUE")
      } else if placeholder.form == .host, !isMapped(placeholder.spelling),
        !MailAddress.isOnly(placeholder.spelling, in: draft.source)
      {
        draft.report(
          "example-host", .warning, line: line,
          "\(placeholder.spelling) looks like an example. Put under runbooks › \(document) › endpoints in backout.yaml "
            + "the line `https://\(placeholder.spelling): URL`")
      }
    }
    for (index, why) in report.refused.sorted(by: { $0.key < $1.key }) {
      let hole = filling.holes[index]
      draft.isComplete = false
      let what = hole.filling == .secret ? "the secret \(hole.name)" : "the value of \(hole.name)"
      draft.report(
        "value-not-plain", .error,
        "\(what) cannot stand for \(hole.placeholder.spelling) here: \(why). Plain values only "
          + "(letters, digits and ._/:@%+=,-): it could become part of the command")
    }
    for index in report.usedSecrets.sorted() {
      guard case .environment(let name)? = secrets[filling.holes[index].name], environment[name, default: ""].isEmpty
      else { continue }
      draft.isComplete = false
      draft.report(
        "variable-missing", .error,
        "the secret \(filling.holes[index].name) is to come from the environment variable \(name), which is not set")
    }
  }

  private func isMapped(_ host: String) -> Bool { base.endpoints.keys.contains { $0.contains(host) } }

  /// A check of the document, which expects what fills its holes.
  private func filled(_ check: Check) -> Check {
    var check = check
    check.expectation.contains = check.expectation.contains.map(filling.fillProse)
    check.expectation.prose = check.expectation.prose.map(filling.fillProse)
    if case .string(let text)? = check.expectation.equals {
      check.expectation.equals = .string(filling.fillProse(text))
    }
    return check
  }

  private func tellConnection(_ name: String, of draft: inout Draft) {
    guard let connection = bindings.connections[name] else {
      draft.isComplete = false
      draft.report(
        "connection-unbound", .error,
        "no connection is called \(name). Put under runbooks › \(document) › connections in backout.yaml the line "
          + "`\(name): { postgres: env:DATABASE_URL }`")
      return
    }
    if case .postgres(.environment(let variable)) = connection, environment[variable, default: ""].isEmpty {
      draft.isComplete = false
      draft.report(
        "variable-missing", .error,
        "the connection \(name) is to come from the environment variable \(variable), which is not set")
    }
  }

  private func tellMissing(_ command: ParsedCommand, _ session: SessionSimulation, of draft: inout Draft) {
    for name in session.missing(in: command) {
      if let source = session.opaqueSource {
        draft.report(
          "variable-missing", .warning, "$\(name) is not in the environment; `\(source)` of an earlier step may set it")
      } else {
        draft.report(
          "variable-missing", .error,
          "$\(name) is neither in the environment nor set by an earlier step. Set it before running backout")
      }
    }
  }
}

extension ReadingContext {
  fileprivate func with(_ binding: StepBinding?) -> ReadingContext {
    var context = self
    context.binding = binding
    return context
  }
}

extension SessionSimulation {
  /// After control flow, what it may have set is known to be set and not to what.
  fileprivate mutating func forget(after command: ParsedCommand) {
    let name = command.words.first?.value
    if name != "cd", name != "pushd", name != "popd" { pass(command) }
  }
}
