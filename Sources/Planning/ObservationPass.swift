import Layer
import Runbook

/// Looks at the system for each step in order, read-only, and says what the step would come to.
struct ObservationPass {
  let drivers: DriverList
  let runner: any CommandRunning
  let checks: (any CheckAnswering)?
  let secrets: any SecretResolving
  let redactor: Redactor
  let settings: Settings
  /// Of the bindings, for what a person should write there.
  let document: String
  /// `AlreadyThere.ownFiles`.
  let ownFiles: Set<String>

  /// - Parameter start: the first draft that was not looked at yet.
  func look(at drafts: inout [Draft], from start: Int = 0) async {
    var earlier = EarlierChanges()
    var moving = EarlierChanges()
    var folders = FolderCheck(document: document)
    for index in drafts.indices where !drafts[index].isLeftOut {
      if index >= start, drafts[index].planned.isExecutable, drafts[index].isComplete {
        var draft = drafts[index]
        await observe(&draft, after: earlier, moving: moving, drafts: drafts, folders: &folders)
        drafts[index] = draft
      }
      earlier.add(drafts[index], at: index)
      moving.add(drafts[index], at: index, moving: true)
    }
    guard checks != nil else { return }
    // All changes are known now: a guard may be cured by an option that stands after none of them.
    var before = EarlierChanges()
    for index in drafts.indices where !drafts[index].isLeftOut {
      if index >= start, drafts[index].isComplete {
        for check in drafts[index].planned.guards {
          var draft = drafts[index]
          await ask(check, of: &draft, before: before, drafts: drafts)
          drafts[index] = draft
        }
      }
      before.add(drafts[index], at: index)
    }
  }

  /// For looking while a plan is made; `name` says for what.
  func environment(_ name: String, _ context: ReadingContext) -> StepEnvironment {
    var environment = StepEnvironment(
      label: "plan/\(name)", context: context, images: NoImages(), runner: runner, secrets: secrets,
      redactor: redactor, settings: settings)
    environment.isPlanning = true
    return environment
  }

  /// The file that a target is, or is a setting of.
  private static func file(of target: String) -> String? {
    if let path = target.dropping(prefix: "file:") { return path }
    return target.dropping(prefix: "config:")?.split(separator: " ").first.map(String.init)
  }

  /// Problems that the files decide as they are when the step comes.
  private static let ofFiles: Set<String> = ["exists", "is-folder", "no-match", "no-op", "not-empty", "source-missing"]

  /// The nearest of `drafts` that changes one of `files`, or something in it, by itself or with a folder.
  private static func bringer(of files: [String], among drafts: [Draft]) -> Draft? {
    drafts.last { draft in
      draft.brings.contains { brought in
        files.contains { MissingScripts.lies($0, in: brought) || MissingScripts.lies(brought, in: $0) }
      }
    }
  }

  private func observe(
    _ draft: inout Draft, after earlier: EarlierChanges, moving: EarlierChanges, drafts: [Draft],
    folders: inout FolderCheck
  ) async {
    let before = drafts.prefix { $0.id != draft.id }.filter { !$0.isLeftOut && !$0.excludes(draft) }
    folders.look(at: &draft, after: earlier, earlier: before, drafts: drafts)
    let already = AlreadyThere(runner: runner, ownFiles: ownFiles)
    let arriving = before.reduce(into: [:]) { $0.merge($1.arrives) { $1 } }
    let changer = earlier.changer(of: draft.targets, before: draft, in: drafts)
    let missing = MissingScripts(runner: runner)
    var from: [String] = []
    var to: [String] = []
    var keeps: [String] = []
    var notes: [String] = []
    var problems: [Problem] = []
    var cures: [String: [String]] = [:]
    for (position, act) in draft.acts.enumerated() {
      guard let driver = drivers[act.effect.driver] else { continue }
      if act.effect.place.isHere, folders.isMissing(act.effect.directory) {
        to.append(act.effect.summary)
        continue
      }
      var environment = environment(draft.id, act.context)
      environment.arriving = arriving
      environment.changing = { [own = draft.changing] in before.reduce(into: own) { $0.formUnion($1.changing) } }
      // Its text says that of a variable already.
      var isKnown = act.variables != .known || act.isUnreachable
      var notObserved: String?
      var observation = Observation.notObserved("")
      do {
        observation = try await driver.observe(act.effect, in: environment)
        if !observation.isObserved { notObserved = observation.summary }
        draft.acts[position].before = observation
      } catch {
        notObserved = "not observed: \(error)"
        observation = .notObserved("\(error)")
      }
      do {
        var forecast = try await driver.forecast(act.effect, before: observation, in: environment)
        from.append(forecast.from)
        to.append(forecast.to)
        if let kept = forecast.keeps { keeps.append(kept) }
        if let note = forecast.note { notes.append(note) }
        draft.planned.keptBytes += forecast.bytes
        draft.planned.pins.merge(forecast.pins) { $1 }
        draft.removes += forecast.removes
        draft.needs += forecast.needs
        draft.acts[position].ends = forecast.ends
        draft.arrives.merge(forecast.arrives) { $1 }
        if let weaker = forecast.reversibility { draft.planned.effects[position].reversibility = weaker }
        // What is changed before is not as it is now when this one comes.
        let isChanged = AlreadyThere.isChanged(
          act.effect, or: forecast.cures[AlreadyThere.code] ?? [], before: draft, position, by: moving, in: drafts)
        let isSet = AlreadyThere.isSet(
          forecast.cures.removeValue(forKey: AlreadyThere.stays), before: draft, position, by: moving, in: drafts)
        for var problem in forecast.problems {
          if isChanged && problem.code == AlreadyThere.code || isSet && problem.code == AlreadyThere.stays { continue }
          if problem.code == "variable-missing", act.variables != .known { continue }
          await missing.settle(&problem, of: draft, at: position, after: before)
          MissingPrograms.settle(&problem, of: draft, at: position, after: before)
          let isStanding = StandingProblems.codes.contains(problem.code)
          // Only the run will tell: a variable of the command may be set by then.
          if isStanding, act.variables == .maySet { problem.severity = min(problem.severity, .warning) }
          isKnown = isKnown || isStanding || problem.severity == .error
          problems.append(problem)
        }
        if let stacked = StackedMigrations.problem(of: draft.acts, at: position) { problems.append(stacked) }
        draft.acts[position].isThere = !isChanged && forecast.problems.contains { $0.code == AlreadyThere.code }
        await already.look(at: &draft, position, arriving: forecast.arrives, isChanged: isChanged)
        if !isChanged { already.look(at: &draft, position, changing: forecast.changesFiles) }
        for (root, paths) in forecast.changesFiles { draft.brings.formUnion(paths.map { "\(root)/\($0)" }) }
        if !draft.acts[position].isThere {
          draft.changing.formUnion(forecast.arrives.keys)
          draft.changing.formUnion(forecast.changing)
          if act.effect.role == .change {
            let files = act.effect.targets.compactMap(Self.file(of:))
            draft.changing.formUnion(files)
            if act.effect.place.sharesFiles { draft.brings.formUnion(files) }
          }
        }
        cures.merge(forecast.cures) { $0 + $1 }
      } catch {
        from.append(observation.summary)
        to.append(act.effect.summary)
        notObserved = notObserved ?? "not observed: \(error)"
      }
      if let notObserved, !isKnown, act.effect.layer != .unknown, act.effect.layer != .person {
        problems.append(
          Problem(
            code: "not-observed", severity: act.effect.role == .change ? .error : .warning,
            message: "\(act.effect.summary): \(notObserved)"))
      }
    }
    draft.planned.from = joined(from)
    draft.planned.to = joined(to)
    draft.planned.keeps = keeps.isEmpty ? nil : joined(keeps)
    if let changer { notes.insert("as it is now, before \(changer.id) changes it", at: 0) }
    draft.planned.note = notes.isEmpty ? nil : joined(notes)
    let unlikely = cures.mapValues { earlier.changer(ofTargetsUnder: $0, before: draft, in: drafts) }
    // A checkout names no file as its target.
    let files = draft.acts.filter(\.effect.place.sharesFiles).flatMap(\.effect.targets).compactMap(Self.file(of:))
    let bringer =
      problems.contains { Self.ofFiles.contains($0.code) } ? Self.bringer(of: files, among: before) : nil
    tell(problems, of: &draft) { code in
      if StandingProblems.codes.contains(code) {
        return StandingProblems.mendable.contains(code) ? unlikely[code] ?? nil : nil
      }
      let nearest = changer ?? (Self.ofFiles.contains(code) ? bringer : nil)
      return unlikely[code] ?? nearest
    }
  }

  private func joined(_ texts: [String]) -> String {
    var seen: Set<String> = []
    return redactor.redact(texts.filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: "; "))
  }

  /// What an earlier step would cure does not block.
  private func tell(_ problems: [Problem], of draft: inout Draft, cure: (String) -> Draft?) {
    for var problem in problems {
      problem.step = draft.id
      problem.line = problem.line ?? draft.planned.line
      problem.message = redactor.redact(problem.message)
      if problem.severity == .error || problem.severity == .question, let changer = cure(problem.code) {
        problem.severity = .warning
        problem.message += " (as it is now; \(changer.id) changes it before)"
      }
      if !draft.problems.contains(problem) { draft.problems.append(problem) }
    }
  }

  // MARK: Guards

  private func ask(_ check: Check, of draft: inout Draft, before: EarlierChanges, drafts: [Draft]) async {
    guard let checks, !check.expectation.isForPerson else { return }
    let context = draft.acts.first?.context ?? ReadingContext(directory: draft.planned.directory)
    let environment = environment(draft.id, context)
    var targets = draft.targets
    if case .sql(let sql) = check.question, let effect = drivers.recognise(.sql(sql), in: context) {
      targets = effect.targets + targets
    }
    var changer = before.changer(of: targets, before: draft, in: drafts)
    if changer == nil, case .sql(let sql) = check.question {
      changer = before.changer(namedIn: sql.text, before: draft, in: drafts)
    }
    // Nothing that the plan does cures what must hold from the start.
    if check.role == .ready { changer = nil }
    let name = check.title ?? check.question.shortText
    let cure = changer.map { "; " + Self.cure(by: $0, of: draft, in: drafts) } ?? ""
    do {
      guard let answer = try await checks.answer(check.question, in: environment) else { return }
      let judged = check.expectation.judge(answer)
      if judged.holds { return }
      if check.role == .ready {
        draft.report("not-ready", .error, redactor.redact("\(name): \(judged.said)"))
      } else {
        draft.report(
          "guard-would-refuse", changer == nil ? .error : .note,
          redactor.redact("the guard \(name) would refuse this step now: \(judged.said)\(cure)"))
      }
    } catch {
      draft.report(
        check.role == .ready ? "not-ready" : "guard-not-answered", changer == nil ? .error : .warning,
        redactor.redact("\(check.role == .ready ? "" : "the guard ")\(name) got no answer: \(error)\(cure)"))
    }
  }

  /// Which earlier step changes what a guard asks about; of a choice, every option that does.
  private static func cure(by changer: Draft, of draft: Draft, in drafts: [Draft]) -> String {
    guard let membership = changer.planned.choice, draft.planned.choice?.choice != membership.choice else {
      return "\(changer.id) (\(changer.planned.title)) changes it before"
    }
    let targets = Set(changer.planned.effects.filter { $0.role == .change }.flatMap(\.targets))
    var options: [String] = []
    for other in drafts where other.planned.choice?.choice == membership.choice && !other.isLeftOut {
      guard let option = other.planned.choice?.option, !options.contains(option),
        other.planned.effects.contains(where: { $0.role == .change && !targets.isDisjoint(with: $0.targets) })
      else { continue }
      options.append(option)
    }
    return "\(options.joined(separator: " or ")) of \(membership.choice) changes it before"
  }
}

extension Check.Question {
  /// One line.
  var shortText: String {
    let text =
      switch self {
      case .confirmation(let text), .command(let text): text
      case .sql(let sql): sql.text
      case .http(let http): "\(http.method) \(http.url)"
      case .output: "on its output"
      }
    let line = StepBindingMatch.folded(text).joined(separator: " ")
    return line.count > 120 ? "`\(line.prefix(119))…`" : "`\(line)`"
  }
}
