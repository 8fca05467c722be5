import Layer
import Planning
import Runbook

extension RunEvent {
  /// The same with secrets hidden in all that people, commands and systems wrote. What the engine itself goes by stays, as
  /// ids and the names of states: a secret may be a word such as `step`.
  func redacted(by redactor: Redactor) -> RunEvent {
    let text: (String) -> String = redactor.redact
    switch self {
    case .started(var start):
      start.operatorName = text(start.operatorName)
      start.host = text(start.host)
      return .started(start)
    case .resumed(let by): return .resumed(by: text(by))
    case .asked(let asks): return .asked(asks.map { $0.redacted(by: redactor) })
    case .answered(var answer):
      answer.reason = answer.reason.map(text)
      answer.by = text(answer.by)
      return .answered(answer)
    case .observed(let step, let before, let effects):
      return .observed(
        step: step, before: before.map { $0.redacted(by: redactor) },
        effects: effects.map { $0.map { $0.redacted(by: redactor) } })
    case .guardPassed(let step, let said, let proofHeld):
      return .guardPassed(step: step, said: said.map(text), proofHeld: proofHeld)
    case .guardRefused(let step, let said): return .guardRefused(step: step, said: text(said))
    case .kept(let step, let images, let without):
      return .kept(step: step, images: images.map { $0.redacted(by: redactor) }, without: without.map(text))
    case .marked(let step, let marker): return .marked(step: step, marker: redactor.redact(marker))
    case .acted(let step, let outcome): return .acted(step: step, outcome: outcome.redacted(by: redactor))
    case .verified(let step, let verdict, let after):
      return .verified(
        step: step, verdict: verdict.redacted(by: redactor), after: after.map { $0.redacted(by: redactor) })
    case .outcomeUnknown(let step, let why): return .outcomeUnknown(step: step, why: text(why))
    case .probed(let step, let probe): return .probed(step: step, probe: probe.redacted(by: redactor))
    case .failed(let step, let why): return .failed(step: step, why: text(why))
    case .skipped(let step, let reason): return .skipped(step: step, reason: text(reason))
    case .noted(let note, let by): return .noted(text: text(note), by: text(by))
    case .pauseRequested(let by): return .pauseRequested(by: text(by))
    case .abortRequested(let by): return .abortRequested(by: text(by))
    case .paused(let why): return .paused(why: text(why))
    case .undoStarted(var start):
      start.by = text(start.by)
      return .undoStarted(start)
    case .undone(let step, let result): return .undone(step: step, result: result.redacted(by: redactor))
    case .undoFailed(let step, let why, let hasEnded):
      return .undoFailed(step: step, why: text(why), hasEnded: hasEnded)
    case .undoEnded(let by): return .undoEnded(by: text(by))
    case .observing, .acting, .ended, .undoing: return self
    }
  }

  /// Whether a resumed run or an undo goes by the very words of it: a target's name may hold a secret.
  var holdsState: Bool {
    switch self {
    case .observed, .kept, .marked, .verified: true
    default: false
    }
  }
}

extension Ask {
  fileprivate func redacted(by redactor: Redactor) -> Ask {
    Ask(
      id: id, kind: kind, question: redactor.redact(question),
      options: options.map { AskOption(id: $0.id, title: redactor.redact($0.title)) })
  }
}

extension Observation {
  fileprivate func redacted(by redactor: Redactor) -> Observation {
    let states = states.map { (redactor.redact($0.key), redactor.redact($0.value)) }
    return Observation(
      states: Dictionary(states, uniquingKeysWith: { first, _ in first }), summary: redactor.redact(summary),
      isObserved: isObserved)
  }
}

extension Effect {
  fileprivate func redacted(by redactor: Redactor) -> Effect {
    var effect = self
    effect.summary = redactor.redact(summary)
    effect.place = place.redacted(by: redactor)
    effect.directory = redactor.redact(directory)
    effect.targets = targets.map(redactor.redact)
    effect.parameters = redactor.redact(parameters)
    switch reversibility {
    case .exact: break
    case .partial(let lost): effect.reversibility = .partial(redactor.redact(lost))
    case .none(let why): effect.reversibility = .none(redactor.redact(why))
    }
    return effect
  }
}

extension Place {
  fileprivate func redacted(by redactor: Redactor) -> Place {
    let text: (String) -> String = redactor.redact
    return switch self {
    case .here: self
    case .sudo(let user): .sudo(user: user.map(text))
    case .ssh(let host, let options): .ssh(host: text(host), options: options.map(text))
    case .container(let name, let prefix): .container(name: text(name), prefix: prefix.map(text))
    case .pod(let name, let prefix): .pod(name: text(name), prefix: prefix.map(text))
    case .nested(let outer, let inner):
      .nested(outer: outer.redacted(by: redactor), inner: inner.redacted(by: redactor))
    }
  }
}

extension BeforeImage {
  fileprivate func redacted(by redactor: Redactor) -> BeforeImage {
    BeforeImage(driver: driver, blobs: blobs, facts: redactor.redact(facts), summary: redactor.redact(summary))
  }
}

extension Outcome {
  fileprivate func redacted(by redactor: Redactor) -> Outcome {
    var outcome = self
    outcome.summary = redactor.redact(summary)
    outcome.output = redactor.redact(output)
    outcome.value = value.map(redactor.redact)
    return outcome
  }
}

extension Verdict {
  fileprivate func redacted(by redactor: Redactor) -> Verdict {
    switch self {
    case .proven(let why): .proven(redactor.redact(why))
    case .refuted(let why): .refuted(redactor.redact(why))
    case .unproven(let why): .unproven(redactor.redact(why))
    }
  }
}

extension Probe {
  fileprivate func redacted(by redactor: Redactor) -> Probe {
    switch self {
    case .happened(let why): .happened(redactor.redact(why))
    case .notHappened(let why): .notHappened(redactor.redact(why))
    case .undetermined(let why): .undetermined(redactor.redact(why))
    }
  }
}

extension Undone {
  fileprivate func redacted(by redactor: Redactor) -> Undone {
    let text: (String) -> String = redactor.redact
    return Undone(
      restored: restored.map(text),
      conflicts: conflicts.map {
        Conflict(target: text($0.target), kept: text($0.kept), left: text($0.left), now: text($0.now))
      },
      notRestored: notRestored.map(text), summary: text(summary))
  }
}
