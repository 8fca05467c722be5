import Layer
import Planning
import Runbook
import Testing

@testable import Engine

/// What a state calls for, situation by situation.
@Suite struct DeciderTests {
  // MARK: A run in a few words

  static func ask(_ id: String, _ kind: Ask.Kind) -> Ask {
    Ask(id: id, kind: kind, question: "?", options: Ask.yesOrNo)
  }

  static let choice = Ask(
    id: "s", kind: .choice, question: "which?",
    options: ["option-a", "option-b", "none"].map { AskOption(id: $0, title: "do \($0)") })

  static func step(_ id: String, option: String? = nil) -> StepRule {
    StepRule(
      id: id, stage: "s", choice: option.map { ChoiceMembership(choice: "s", option: $0) },
      entryAsks: option == nil ? [] : [choice])
  }

  static let started = RunEvent.started(
    RunStart(
      planHash: Digest(hex: ""), planDigest: Digest(hex: ""), operatorName: "ann", host: "here", steps: 1))

  static func answered(_ key: String, _ value: String) -> RunEvent {
    .answered(RunAnswer(key: key, value: value, by: "bob"))
  }

  static func before(_ value: Int) -> [Observation] {
    [Observation(states: ["t": .integer(value)], summary: "\(value)")]
  }

  static func guarded(_ id: String, seeing value: Int = 0) -> [RunEvent] {
    [
      .observing(step: id, attempt: 1), .observed(step: id, before: before(value), effects: nil),
      .guardPassed(step: id, said: []),
    ]
  }

  static func acting(_ id: String) -> [RunEvent] { guarded(id) + [.acting(step: id, attempt: 1, statement: nil)] }

  static func done(_ id: String) -> [RunEvent] {
    acting(id) + [
      .acted(step: id, outcome: Outcome(succeeded: true, summary: "")),
      .verified(step: id, verdict: .proven(""), after: []),
    ]
  }

  static func refused(_ id: String) -> [RunEvent] {
    [.observing(step: id, attempt: 1), .guardRefused(step: id, said: "no")]
  }

  static func run(_ rules: [StepRule], _ events: [RunEvent]) -> RunState {
    var state = RunState(rules: rules)
    for event in [started] + events { state.apply(event) }
    return state
  }

  /// Asks what is asked next, and answers it.
  static func answer(_ state: RunState, _ value: String, to position: Int = 0) throws -> RunState {
    guard case .ask(let asks) = Decider.next(state) else {
      Issue.record("nothing is asked, but \(Decider.next(state))")
      return state
    }
    var state = state
    state.apply(.asked(asks))
    try #require(asks.indices.contains(position))
    state.apply(answered(asks[position].key, value))
    return state
  }

  /// The keys of what is asked next.
  static func asked(_ state: RunState) -> [String] {
    if case .ask(let asks) = Decider.next(state) { asks.map(\.key) } else { [] }
  }

  static func options(_ state: RunState) -> [String] {
    if case .ask(let asks) = Decider.next(state) { asks.flatMap(\.options).map(\.id) } else { [] }
  }

  // MARK: The way of a step

  struct Situation: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rule: StepRule
    var events: [RunEvent]
    var next: Directive

    init(_ name: String, keeps: Bool = false, repeatable: Bool = false, _ events: [RunEvent], _ next: Directive) {
      testDescription = name
      rule = StepRule(id: "1", stage: "s", keeps: keeps, isRepeatable: repeatable)
      self.events = events
      self.next = next
    }
  }

  static let situations: [Situation] = [
    Situation("begun", [], .observe(step: "1")),
    Situation("guarded, nothing to keep", guarded("1"), .act(step: "1")),
    Situation("guarded, to be kept", keeps: true, guarded("1"), .keep(step: "1")),
    Situation("kept", keeps: true, guarded("1") + [.kept(step: "1", images: [], without: nil)], .act(step: "1")),
    Situation("acting", acting("1"), .probe(step: "1")),
    Situation("killed while acting", acting("1") + [.resumed(by: "")], .probe(step: "1")),
    Situation("killed while guarded", guarded("1") + [.resumed(by: "")], .observe(step: "1")),
    Situation(
      "acted", acting("1") + [.acted(step: "1", outcome: Outcome(succeeded: true, summary: ""))], .verify(step: "1")),
    Situation(
      "killed while verifying",
      acting("1") + [.acted(step: "1", outcome: Outcome(succeeded: true, summary: "")), .resumed(by: "")],
      .verify(step: "1")),
    Situation("proven", done("1"), .end(.succeeded)),
    Situation("it happened", acting("1") + [.probed(step: "1", probe: .happened(""))], .verify(step: "1")),
    Situation(
      "it did not happen, and may be repeated", repeatable: true,
      acting("1") + [.probed(step: "1", probe: .notHappened(""))], .observe(step: "1")),
    Situation(
      "it did not happen, as its marker proves",
      acting("1") + [.marked(step: "1", marker: 7), .probed(step: "1", probe: .notHappened(""))], .observe(step: "1")),
    Situation(
      "resumed where nobody could determine",
      acting("1") + [
        .resumed(by: ""), .probed(step: "1", probe: .undetermined("")), .resumed(by: ""),
      ], .probe(step: "1")),
    Situation("abort before it acts", guarded("1") + [.abortRequested(by: "")], .end(.aborted)),
    Situation("abort while acting", acting("1") + [.abortRequested(by: "")], .probe(step: "1")),
    Situation(
      "abort, then killed while acting", acting("1") + [.abortRequested(by: ""), .resumed(by: "")], .probe(step: "1")),
    Situation("pause before it", [.pauseRequested(by: "eve")], .pause(why: "paused by eve")),
    Situation("pause within it", guarded("1") + [.pauseRequested(by: "eve")], .act(step: "1")),
    Situation("a finished run", done("1") + [.ended(.succeeded)], .nothing),
    Situation("a finished run, resumed", done("1") + [.ended(.succeeded), .resumed(by: "")], .nothing),
    Situation("a finished run, aborted", done("1") + [.ended(.succeeded), .abortRequested(by: "")], .nothing),
    Situation("an event about no step", [.guardRefused(step: "9", said: "")], .observe(step: "1")),
  ]

  @Test("What comes next", arguments: situations)
  func next(_ situation: Situation) {
    #expect(Decider.next(Self.run([situation.rule], situation.events)) == situation.next)
  }

  // MARK: Failed, refused, unknown

  @Test("Trouble is asked about, and never falls through")
  func trouble() {
    let rules = [Self.step("1"), Self.step("2")]
    let failed = Self.run(rules, Self.guarded("1") + [.failed(step: "1", why: "no room")])
    #expect(Self.asked(failed) == ["failed:1"])
    #expect(Self.asked(Self.run(rules, Self.refused("1"))) == ["failed:1"])
    let unknown = Self.acting("1") + [.resumed(by: ""), .probed(step: "1", probe: .notHappened(""))]
    #expect(Self.asked(Self.run(rules, unknown)) == ["unknown:1"])
  }

  @Test(
    "What a person says of a failed step",
    arguments: [
      ("retry", Directive.observe(step: "1")), ("done", .end(.succeeded)), ("skip", .end(.failed)),
      ("abort", .end(.aborted)),
    ])
  func decision(_ value: String, _ next: Directive) throws {
    let failed = Self.run([Self.step("1")], Self.guarded("1") + [.failed(step: "1", why: "")])
    #expect(Decider.next(try Self.answer(failed, value)) == next)
  }

  @Test(
    "Only what is asked is answered, and only with what is offered",
    arguments: [
      ("failed:1", "perhaps"), ("failed:1", "option-a"), ("failed:2", "skip"), ("unknown:1", "retry"),
      ("failed:3", "done"),
      ("confirmation:3", "yes"), ("approval:plan", "no"), ("nonsense", "yes"), ("", ""),
    ])
  func unwelcome(_ key: String, _ value: String) {
    var state = Self.run(
      [Self.step("1"), Self.step("2"), Self.step("3")],
      Self.done("1") + Self.guarded("2") + [.failed(step: "2", why: "")])
    let asked = state
    state.apply(Self.answered(key, value))
    #expect(state == asked)
  }

  @Test("An answer that comes twice is one answer")
  func twice() throws {
    let failed = Self.run([Self.step("1")], Self.guarded("1") + [.failed(step: "1", why: "")])
    let once = try Self.answer(failed, "retry")
    var again = once
    again.apply(Self.answered("failed:1", "abort"))
    #expect(again == once)
  }

  // MARK: Questions before a step

  @Test("No to an approval fails the step; to try again is to ask again")
  func approval() throws {
    var rule = Self.step("1")
    rule.crossingAsks = [Self.ask("plan", .approval), Self.ask("1", .pointOfNoReturn)]
    var state = Self.run([rule], Self.guarded("1"))
    #expect(Self.asked(state) == ["approval:plan", "point-of-no-return:1"])
    state = try Self.answer(state, "no", to: 1)
    #expect(state.record("1").state == .failed)
    #expect(state.waiting.isEmpty)
    state = try Self.answer(state, "retry")
    for event in Self.guarded("1") { state.apply(event) }
    state = try Self.answer(state, "yes")
    #expect(Self.asked(state) == ["point-of-no-return:1"])
    #expect(Decider.next(try Self.answer(state, "yes")) == .act(step: "1"))
  }

  @Test("A step that a person does needs its approval too")
  func manualApproval() throws {
    var rule = Self.step("1")
    rule.confirmation = Self.ask("1", .confirmation)
    rule.crossingAsks = [Self.ask("1", .approval)]
    let state = Self.run([rule], [])
    #expect(Self.asked(state) == ["approval:1"])
    #expect(Self.asked(try Self.answer(state, "yes")) == ["confirmation:1"])
    #expect(try Self.answer(state, "no").record("1").state == .failed)
  }

  @Test("An item whose tick is somebody's leave is asked about once")
  func approvalIsTheConfirmation() throws {
    var rule = Self.step("1")
    rule.confirmation = Self.ask("1", .approval)
    let state = Self.run([rule], [])
    #expect(Self.asked(state) == ["approval:1"])
    let given = try Self.answer(state, "yes")
    #expect(given.record("1").state == .unproven && given.record("1").isConfirmed)
    #expect(try Self.answer(state, "no").record("1").state == .failed)
  }

  @Test("Two people's leave is asked one after the other, and one word gives one of them")
  func leaveOfTwo() throws {
    var rules = [Self.step("1"), Self.step("2"), Self.step("3"), Self.step("4")]
    for index in 0...1 { rules[index].confirmation = Self.ask(rules[index].id, .approval) }
    for index in 2...3 { rules[index].confirmation = Self.ask(rules[index].id, .confirmation) }
    let state = Self.run(rules, [])
    #expect(Self.asked(state) == ["approval:1"])
    let second = try Self.answer(state, "yes")
    #expect(Self.asked(second) == ["approval:2"])
    #expect(Self.asked(try Self.answer(second, "yes")) == ["confirmation:3", "confirmation:4"])
  }

  @Test("No to an optional stage leaves its steps out")
  func gate() throws {
    let gate = Self.ask("s", .optional)
    var rules = [Self.step("1"), Self.step("2")]
    for index in rules.indices { rules[index].gates = [gate] }
    var state = try Self.answer(Self.run(rules, []), "no")
    #expect(Decider.next(state) == .skip(step: "1", reason: "left out by bob"))
    state.apply(.skipped(step: "1", reason: ""))
    #expect(Decider.next(state) == .skip(step: "2", reason: "left out by bob"))
    state.apply(.skipped(step: "2", reason: ""))
    #expect(Decider.next(state) == .end(.succeeded))
  }

  @Test("Confirmations that follow one another are asked together, and answered in any order")
  func confirmations() throws {
    let rules = ["1", "2", "3"].map { id in
      var rule = Self.step(id)
      rule.confirmation = Self.ask(id, .confirmation)
      return rule
    }
    let state = Self.run(rules, [])
    #expect(Self.asked(state) == ["confirmation:1", "confirmation:2", "confirmation:3"])
    let second = try Self.answer(state, "yes", to: 1)
    #expect(Self.asked(second) == ["confirmation:1", "confirmation:3"])
    let refused = try Self.answer(second, "no", to: 1)
    #expect(refused.record("3").state == .failed)
    #expect(Self.asked(try Self.answer(refused, "yes")) == ["failed:3"])
  }

  @Test("One option excludes the others; none excludes all", arguments: ["option-a", "option-b", "none"])
  func choose(_ option: String) throws {
    let rules = [Self.step("1", option: "option-a"), Self.step("2", option: "option-b")]
    var state = try Self.answer(Self.run(rules, []), option)
    var ran: [String] = []
    while state.current != nil {
      switch Decider.next(state) {
      case .skip(let step, let reason): state.apply(.skipped(step: step, reason: reason))
      case .observe(let step):
        ran.append(step)
        for event in Self.done(step) { state.apply(event) }
      default: Issue.record("\(Decider.next(state))"); return
      }
    }
    #expect(ran == (option == "none" ? [] : option == "option-a" ? ["1"] : ["2"]))
    #expect(Decider.next(state) == .end(.succeeded))
  }

  @Test("A refused step offers the option that was not taken; then it is tried again")
  func reconsider() throws {
    let rules = [Self.step("1", option: "option-a"), Self.step("2", option: "option-b"), Self.step("3")]
    var state = try Self.answer(Self.run(rules, []), "option-b")
    for event in [.skipped(step: "1", reason: "")] + Self.done("2") + Self.refused("3") { state.apply(event) }
    #expect(Self.options(state) == ["retry", "option-a", "done", "skip", "abort"])
    state = try Self.answer(state, "option-a")
    #expect(Decider.next(state) == .observe(step: "1"))
    for event in Self.done("1") { state.apply(event) }
    #expect(state.record("2").state == .proven)
    #expect(Decider.next(state) == .observe(step: "3"))
    for event in Self.refused("3") { state.apply(event) }
    #expect(Self.options(state) == ["retry", "done", "skip", "abort"])
  }

  // MARK: What was kept

  @Test("Kept again where somebody changed it before the step acted", arguments: [0, 5])
  func keptAgain(_ now: Int) {
    var rule = Self.step("1")
    rule.keeps = true
    let kept = Self.guarded("1") + [.kept(step: "1", images: [], without: nil), .resumed(by: "")]
    let state = Self.run([rule], kept + Self.guarded("1", seeing: now))
    #expect(Decider.next(state) == (now == 0 ? .act(step: "1") : .keep(step: "1")))
    #expect(state.record("1").before == Self.before(now))
  }

  // MARK: Undo

  static func undone(_ steps: [String], _ events: [RunEvent] = []) -> RunState {
    run(
      [step("1"), step("2"), step("3")],
      done("1") + done("2") + refused("3") + [.abortRequested(by: ""), .ended(.aborted)]
        + [.undoStarted(UndoStart(hash: Digest(hex: ""), steps: steps, by: "ann"))] + events)
  }

  @Test("Undone in the order given, and only what acted")
  func undo() {
    var state = Self.undone(["3", "2", "1"])
    for step in ["2", "1"] {
      #expect(Decider.next(state) == .undo(step: step))
      state.apply(.undoing(step: step))
      state.apply(.resumed(by: ""))
      #expect(Decider.next(state) == .undo(step: step))
      state.apply(.undone(step: step, result: Undone(summary: "")))
    }
    #expect(Decider.next(state) == .endUndo)
    state.apply(.undoEnded(by: ""))
    #expect(state.status == .undone)
    #expect(Decider.next(state) == .nothing)
  }

  @Test(
    "What a person says of an undo that failed",
    arguments: [
      ("retry", Directive.undo(step: "2")), ("done", .undo(step: "1")), ("skip", .undo(step: "1")),
      ("abort", .end(.aborted)),
    ])
  func undoTrouble(_ value: String, _ next: Directive) throws {
    let state = Self.undone(["2", "1"], [.undoing(step: "2"), .undoFailed(step: "2", why: "gone")])
    #expect(Decider.next(try Self.answer(state, value)) == next)
  }

  @Test("An aborted undo stays aborted, until another begins")
  func undoAborted() {
    var state = Self.undone(["2", "1"], [.abortRequested(by: ""), .ended(.aborted), .resumed(by: "")])
    #expect(Decider.next(state) == .nothing)
    state.apply(.undoStarted(UndoStart(hash: Digest(hex: ""), steps: ["2"], by: "ann")))
    #expect(Decider.next(state) == .undo(step: "2"))
  }

  /// A command whose end was seen is run again; one whose end nobody saw is a person's.
  @Test("What an earlier undo left and was told does not count in the next", arguments: [true, nil])
  func undoAgain(hasEnded: Bool?) {
    var state = Self.undone(
      ["2", "1"],
      [
        .undoing(step: "2"), .undoFailed(step: "2", why: "exit 1", hasEnded: hasEnded),
        .asked([Self.ask("2", .problem)]), Self.answered("problem:2", "yes"), .abortRequested(by: ""),
        .ended(.aborted),
      ])
    #expect(state.answers["problem:2"] != nil)
    state.apply(.undoStarted(UndoStart(hash: Digest(hex: ""), steps: ["2", "1"], by: "ann")))
    #expect(state.answers["problem:2"] == nil)
    #expect(state.record("2").isUndoing == (hasEnded != true))
  }

  // MARK: Replay

  @Test("Events after the end, and beats of a closed step, change nothing")
  func unfit() {
    let state = Self.run([Self.step("1"), Self.step("2")], Self.done("1"))
    for event in Self.acting("1") + [.failed(step: "1", why: ""), .skipped(step: "1", reason: ""), Self.started] {
      var next = state
      next.apply(event)
      #expect(next == state, "\(event)")
    }
  }

  @Test("Events come back from the journal's form as they were")
  func roundTrip() throws {
    let asks = [Self.choice, Self.ask("1", .pointOfNoReturn)]
    for event in Self.done("1") + [
      .asked(asks), .marked(step: "1", marker: ["a": [1, .number(2.5), .null]]), Self.started,
    ] {
      let entry = try event.entry()
      #expect(try RunEvent(entry: entry) == event)
    }
  }

  /// A secret may be a word of the event's own.
  @Test("What hides secrets leaves the words that the engine goes by")
  func redaction() throws {
    let words = ["attempt", "step", "states", "change", "files", "proven", "step-1/1", "observed", "succeeded"]
    let redactor = Redactor(pairs: words.map { ("TOKEN", $0) })
    let effect = Effect(
      driver: "files", layer: .files, summary: "rm step", place: .ssh(host: "change", options: ["files"]),
      directory: "/srv/files", targets: ["file:/srv/files"], parameters: ["states": "proven"],
      reversibility: .partial("the change"))
    let seen = Observation(states: ["file:/srv/files": "change"], summary: "files")
    let events: [RunEvent] = [
      .observing(step: "step-1/1", attempt: 1), .observed(step: "step-1/1", before: [seen], effects: [effect]),
      .verified(step: "step-1/1", verdict: .proven("files"), after: [seen]), .ended(.succeeded),
      .answered(RunAnswer(key: "problem:step-1/1", value: "change", reason: "files", by: "lea")),
    ]
    for event in events {
      let hidden = event.redacted(by: redactor)
      let entry = try hidden.entry()
      #expect(try RunEvent(entry: entry) == hidden)
      let plain = try event.entry()
      #expect(entry.kind == plain.kind && entry.step == plain.step)
    }
    guard case .observed(_, let before, let effects) = events[1].redacted(by: redactor) else { return }
    #expect(before == [Observation(states: ["file:/srv/‹TOKEN›": "‹TOKEN›"], summary: "‹TOKEN›")])
    let text = try JSONValue(encoding: effects).canonicalText
    #expect(text.contains(#""role":"change""#) && text.contains(#""driver":"files""#))
    #expect(text.contains("/srv/‹TOKEN›") && !text.contains("/srv/files") && !text.contains("rm step"))
  }
}
