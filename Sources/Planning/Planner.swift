import Foundation
import Layer
import Runbook

/// Turns a reading and its bindings into a plan: resolves, observes and predicts, and changes nothing.
public struct Planner: Sendable {
  let drivers: DriverList
  let parser: any ShellParsing
  let runner: any CommandRunning
  let checks: (any CheckAnswering)?

  /// - Parameter checks: answers guards while planning; nil: they are left to the run.
  public init(
    drivers: DriverList, parser: any ShellParsing, runner: any CommandRunning, checks: (any CheckAnswering)? = nil
  ) {
    self.drivers = drivers
    self.parser = parser
    self.runner = runner
    self.checks = checks
  }

  /// Throws `PlanningError` where what was asked for, or the bindings, cannot be meant. Whatever the system says, or
  /// does not say, is a problem in the plan.
  public func plan(_ request: PlanningRequest) async throws -> Plan {
    var request = request
    let bindings = try request.bindingsInForce()
    var selection = try ProcedureSelection(&request, bindings: bindings)
    try checkSet(request, bindings: bindings)
    let mapped = mapping(of: selection.stages, commands: bindings.commands)
    let stepBindings = try match(bindings.steps, stages: selection.stages, mapped: mapped, runbook: request.runbook)
    var skips = selection.skips
    for (id, binding) in stepBindings { if let reason = binding.skip { skips[id] = skips[id] ?? reason } }

    let secrets = bindings.parameters.compactMapValues {
      if case .secret(let reference) = $0 { reference } else { nil }
    }
    .filter { request.set[$0.key] == nil }
    let filling = await fillHoles(
      request, bindings: bindings, selection: selection, mapped: mapped, bound: stepBindings, skips: skips)
    var values: [String: String] = [:]
    var sessionValues: [String: String] = [:]
    for hole in filling.holes {
      if case .value(let value) = hole.filling {
        values[hole.name] = value
        sessionValues[hole.variable] = value
      } else if hole.filling == .secret {
        sessionValues[hole.variable] = SecretToken.token(for: hole.name)
      }
    }

    let own = Self.ownVariables(of: filling.variables)
    sessionValues.merge(own.values) { $1 }
    for (variable, name) in own.secrets { sessionValues[variable] = SecretToken.token(for: name) }

    // A secret that is the variable of its own name changes nothing.
    let same = sessionValues.filter { name, value in
      SecretToken.names(in: value).first.flatMap { secrets[$0] } == .environment(name)
    }
    let base = ReadingContext(
      directory: request.directory, variables: request.variables.merging(sessionValues) { $1 },
      operatorVariables: request.variables.merging(same) { $1 }, connections: bindings.connections,
      endpoints: bindings.endpoints, layers: request.bindings.layers,
      configFile: bindings.configFile)
    var resolution = StepResolution(
      drivers: drivers, parser: parser, filling: filling, bindings: bindings, settings: request.bindings.settings,
      document: request.runbook.source, base: base, secrets: secrets)
    var drafts: [Draft] = []
    let answers = KnownAnswers(runner: runner)
    for stage in selection.stages {
      for step in stage.steps {
        var draft = resolution.resolve(
          step, stage: stage.id, mapped: mapped[step.id], binding: stepBindings[step.id], skip: skips[step.id],
          isDecided: step.choice.map { selection.decisions[$0.choice] != nil } ?? true)
        if request.observes, let answer = await answers.ask(&draft, after: drafts) {
          resolution.learn(answer.name, is: answer.value)
        }
        drafts.append(draft)
      }
    }

    let secretVariables = SecretVariables.names(in: request.variables, bindings: bindings)
    var quarantine: [PlannedQuarantine] = []
    var general: [Problem] = []
    if request.observes {
      let resolver = ReferenceSecrets(
        references: secrets, variables: request.variables, directory: request.directory, runner: runner)
      let redactor = Redactor(
        secrets: Dictionary(
          secretVariables.compactMap { name in request.variables[name].map { (name, $0) } }, uniquingKeysWith: { $1 }))
      await PlaceCheck(runner: runner).look(at: &drafts)
      let pass = ObservationPass(
        drivers: drivers, runner: runner, checks: checks, secrets: resolver, redactor: redactor,
        settings: request.bindings.settings, document: request.runbook.source, ownFiles: request.ownFiles)
      await pass.look(at: &drafts)
      let offers = QuarantineOffers(
        drivers: drivers, parser: parser, environment: pass.environment("quarantine", base))
      let found = await offers.collect(after: drafts)
      general += found.problems
      quarantine = found.offers.map { PlannedQuarantine(offer: $0) }
      let taken = try QuarantineOffers.taken(request.quarantine, of: found.offers)
      if !taken.isEmpty {
        let stage = offers.stage(of: taken, after: drafts, beside: selection.stages)
        selection.stages.append(stage)
        let start = drafts.count
        // What a driver wrote has no holes, whatever it looks like.
        resolution.filling = HoleFilling([])
        for (step, offer) in zip(stage.steps, taken) {
          drafts.append(
            resolution.resolve(step, stage: stage.id, mapped: nil, binding: nil, skip: nil, isDecided: true))
          if let index = quarantine.firstIndex(where: { $0.offer == offer }) { quarantine[index].step = step.id }
        }
        await pass.look(at: &drafts, from: start)
      }
    } else {
      _ = try QuarantineOffers.taken(request.quarantine, of: [])
    }
    let carried = RemovedScripts(
      directory: request.directory, carry: bindings.carry, document: request.runbook.source
    ).settle(&drafts)
    HarmfulOrder.settle(&drafts)
    AlreadyThere.settle(&drafts)
    try leaveUnkept(&drafts, request.withoutKeep)
    ChoiceProblems.settle(&drafts, decisions: selection.decisions, stages: selection.stages)
    let disk = DiskNeed(
      settings: request.bindings.settings, freeBytes: request.freeBytes, accepted: request.accepted)
    disk.settle(&drafts)
    general += disk.total(of: drafts, decisions: selection.decisions)
    Asks(
      stages: selection.stages, decisions: selection.decisions, approvals: bindings.approvals,
      people: request.bindings.people, accepted: request.accepted, withoutKeep: request.withoutKeep
    ).settle(&drafts)

    var plan = assemble(
      request, bindings: bindings, selection: selection, drafts: drafts, general: general, carried: carried,
      values: values, secrets: secrets, secretVariables: secretVariables, filling: filling, resolution: resolution)
    if request.observes { plan.quarantine = quarantine }
    return plan
  }

  private func assemble(
    _ request: PlanningRequest, bindings: RunbookBindings, selection: ProcedureSelection, drafts: [Draft],
    general: [Problem], carried: [String], values: [String: String], secrets: [String: SecretReference],
    secretVariables: [String], filling: HoleFilling, resolution: StepResolution
  ) -> Plan {
    var rest = drafts[...]
    let stages = selection.stages.map { stage in
      let mine = rest.prefix(stage.steps.count)
      rest = rest.dropFirst(stage.steps.count)
      return PlannedStage(
        id: stage.id, title: stage.title, line: stage.line, risk: stage.risk, estimate: stage.estimate,
        optional: stage.optional, warnings: stage.warnings, choices: stage.choices, steps: mine.map(\.planned))
    }
    var plan = Plan(
      runbook: request.runbook, document: request.document, path: request.path, service: request.service,
      environment: request.environment, procedure: selection.id, directory: request.directory, bindings: bindings,
      layers: request.bindings.layers, people: request.bindings.people, settings: request.bindings.settings,
      parameters: values, secrets: secrets, secretVariables: secretVariables, carried: carried, stages: stages,
      problems: drafts.flatMap(\.problems) + general, accepted: request.accepted)
    plan.compatibility = Compatibility.of(drafts)
    let own = Self.ownVariables(of: filling.variables)
    plan.sessionVariables = own.values
    plan.secretSessionVariables = own.secrets
    for index in resolution.usedVariables {
      let hole = filling.holes[index]
      if case .value(let value) = hole.filling { plan.sessionVariables[hole.variable] = value }
    }
    for index in resolution.usedSecretVariables {
      let hole = filling.holes[index]
      plan.secretSessionVariables[hole.variable] = hole.name
    }
    return plan
  }

  /// What is not kept cannot be put back.
  private func leaveUnkept(_ drafts: inout [Draft], _ withoutKeep: [String: String]) throws(PlanningError) {
    if withoutKeep.isEmpty { return }
    var rest = Set(withoutKeep.keys)
    for index in drafts.indices {
      guard let reason = withoutKeep[drafts[index].id] else { continue }
      rest.remove(drafts[index].id)
      drafts[index].planned.keptBytes = 0
      drafts[index].planned.keeps = "nothing: \(reason)"
      for position in drafts[index].planned.effects.indices
      where drafts[index].planned.effects[position].role == .change {
        drafts[index].planned.effects[position].reversibility = .none("nothing is kept: \(reason)")
      }
    }
    if let unknown = rest.min() { throw .stepUnknown(unknown) }
  }

  // MARK: Bindings

  /// Step id → what the bindings run instead of the document's text, for a reading that nobody planned yet. Bindings that
  /// fit no step say so in a plan.
  public func commandsInstead(
    in stages: [Stage], of runbook: Runbook, bindings: RunbookBindings
  ) -> [String: String] {
    let mapped = mapping(of: stages, commands: bindings.commands)
    let bound = (try? match(bindings.steps, stages: stages, mapped: mapped, runbook: runbook)) ?? [:]
    return mapped.mapValues(\.text).merging(bound.compactMapValues(\.run)) { $1 }
  }

  private func checkSet(_ request: PlanningRequest, bindings: RunbookBindings) throws(PlanningError) {
    if request.set.isEmpty { return }
    let known = Set(request.runbook.placeholders.flatMap { [$0.name, $0.spelling] }).union(bindings.parameters.keys)
    for name in request.set.keys.sorted() where !known.contains(name) {
      throw .parameterUnknown(name, known: request.runbook.placeholders.map(\.name))
    }
  }

  private func mapping(of stages: [Stage], commands: [String: String]) -> [String: ShellStatement] {
    if commands.isEmpty { return [:] }
    let mapping = CommandMapping(commands, parser: parser)
    var result: [String: ShellStatement] = [:]
    for step in stages.lazy.flatMap(\.steps) {
      guard case .shell(let statement) = step.action else { continue }
      result[step.id] = mapping.mapped(statement, line: step.line)
    }
    return result
  }

  private func match(
    _ bindings: [String: StepBinding], stages: [Stage], mapped: [String: ShellStatement],
    runbook: Runbook
  ) throws(PlanningError) -> [String: StepBinding] {
    if bindings.isEmpty { return [:] }
    func candidates(_ stages: [Stage]) -> [StepBindingMatch.Candidate] {
      stages.flatMap { stage in
        stage.steps.map { step in
          let texts = [step.text] + (mapped[step.id].map { [$0.text] } ?? [])
          return .init(id: step.id, stage: stage.id, texts: texts.map(StepBindingMatch.folded))
        }
      }
    }
    return try StepBindingMatch.match(
      bindings, candidates: candidates(stages),
      elsewhere: candidates(runbook.procedures.flatMap(\.stages)))
  }

  // MARK: Holes

  private func fillHoles(
    _ request: PlanningRequest, bindings: RunbookBindings, selection: ProcedureSelection,
    mapped: [String: ShellStatement], bound: [String: StepBinding], skips: [String: String]
  ) async -> HoleFilling {
    var names: Set<String> = []
    var holes: [Hole] = []
    for placeholder in request.runbook.placeholders {
      let parameter =
        request.set[placeholder.name].map(Parameter.value) ?? request.set[placeholder.spelling].map(Parameter.value)
        ?? bindings.parameter(for: placeholder)
      var letters = String(
        placeholder.name.uppercased().unicodeScalars.map { scalar in
          scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            ? Character(scalar) : "_"
        })
      while !names.insert(letters).inserted { letters += "_" }
      let filling: Hole.Filling =
        switch parameter {
        case .value(let value): .value(value)
        case .secret: .secret
        case .from(let command): .pending(command: command)
        case nil: .open
        }
      let isSecret = filling == .secret
      holes.append(
        Hole(placeholder, filling: filling, variable: (isSecret ? "BACKOUT_SECRET_" : "BACKOUT_VALUE_") + letters))
    }
    let pending = holes.indices.filter { if case .pending = holes[$0].filling { true } else { false } }
    if pending.isEmpty { return HoleFilling(holes) }

    // A command runs only for what is used: what is left out must neither cost nor fail.
    let search = HoleFilling(pending.map { holes[$0] })
    var used: Set<String> = []
    for step in selection.stages.lazy.flatMap(\.steps) where skips[step.id] == nil {
      for text in FilledTexts.of(step, mapped: mapped[step.id], binding: bound[step.id]) {
        for index in search.used(in: text) { used.insert(search.holes[index].name) }
        for hole in search.variables where text.contains("$") && text.contains(hole.name) { used.insert(hole.name) }
      }
    }
    for index in pending {
      guard case .pending(let command) = holes[index].filling else { continue }
      holes[index].filling =
        used.contains(holes[index].name) ? await compute(command, request: request) : .failed("it was not needed")
    }
    return HoleFilling(holes)
  }

  /// `$X` of the document that a binding fills: the session has it from its start.
  private static func ownVariables(of holes: [Hole]) -> (values: [String: String], secrets: [String: String]) {
    var values: [String: String] = [:]
    var secrets: [String: String] = [:]
    for hole in holes {
      if case .value(let value) = hole.filling { values[hole.name] = value }
      if hole.filling == .secret { secrets[hole.name] = hole.name }
    }
    return (values, secrets)
  }

  private func compute(_ command: String, request: PlanningRequest) async -> Hole.Filling {
    do {
      let result = try await runner.run(
        CommandRequest(
          words: ["bash", "-c", command], directory: request.directory, variables: request.variables, timeout: 60,
          outputLimit: 1 << 20))
      guard result.status == 0 else {
        let end = result.errorText.split(separator: "\n").suffix(3).joined(separator: " · ").suffix(300)
        return .failed("`\(command)` ended with exit \(result.status)" + (end.isEmpty ? "" : ": \(end)"))
      }
      let value = result.trimmed
      return value.isEmpty ? .failed("`\(command)` printed nothing") : .value(value)
    } catch {
      return .failed("`\(command)` did not run: \(error)")
    }
  }
}
