/// What a section is for.
enum SectionKind: String, Sendable {
  case forward, quickReference, drill, template, triggers, decision, before, estimates, contacts, criteria
  case after, verification, prevention, troubleshooting, backupAdvice, background, checklist, symptoms, limitations
}

/// The words of one language that the reader looks for, after the structure has been looked at.
///
/// A phrase is whole words, lower-case; a last `*` lets the last word go on ("trigger*" is also "triggers"). In
/// languages that put no blanks between words a phrase is looked for anywhere.
struct Vocabulary: Sendable {
  /// In order: the first kind that matches a heading is its kind.
  var sections: [(kind: SectionKind, phrases: [String])]
  /// "Step 3", "Stage 2".
  var step: [String]
  var phase: [String]
  var scenario: [String]
  /// "Option A", "Method 2": alternatives.
  var option: [String]
  /// What makes a section one that rolls back.
  var rollback: [String]
  /// A heading made of nothing else names no part of the system: "Rollback Procedure".
  var generic: [String]
  /// Phases in such a section are phases of a change, each with a rollback of its own.
  var byPhase: [String]
  /// Siblings in such a section are rollbacks of their own.
  var separate: [String]
  /// Numbered siblings in such a section are alternatives, not steps.
  var alternatives: [String]
  var optional: [String]
  /// A sentence that begins so is a condition.
  var condition: [String]
  var verifying: [String]
  /// "# Or …".
  var alternative: [String]
  var expected: [String]
  /// "Should return …".
  var shouldReturn: [String]
  /// A sentence that begins so tells a person what to do.
  var imperative: [String]
  /// Words that tell a person what to do wherever they stand, in languages whose verb stands last.
  var instructing: [String]
  /// A sentence that begins so has a person look at something; beside `verifying`.
  var watching: [String]
  /// Nouns that say the same of a title.
  var validating: [String]
  /// Words that say of a sentence that it changes something, though it also looks.
  var changing: [String]
  /// "Fix the bug", "Redeploy when fixed": steps that are no longer the rollback.
  var fixForward: [String]
  /// An item that begins so ends what the rollback itself began: "Resume the jobs".
  var resuming: [String]
  /// "Before every release": what is done each time.
  var habit: [String]
  /// A sentence that begins so speaks of the next change, not of the rollback.
  var beforeChange: [String]
  /// What is kept for a later rollback.
  var backup: [String]
  /// Words that say of such a sentence that the rollback is meant after all.
  var undoing: [String]
  /// "For one commit", "For several commits": a label that begins with the first and has one of the others.
  var targetLead: [String]
  var targetCount: [String]
  /// "Output:", "Result:": what follows is shown.
  var output: [String]
  /// A sentence that begins so shows something: "For example".
  var example: [String]
  /// "The script performs": what follows tells what something does.
  var describing: [String]
  /// A table's column that holds commands to run.
  var commandColumn: [String]
  /// The same in a heading.
  var viaHeading: Set<String>
  /// Option words of which each names a rollback of its own: "Level 2".
  var levels: [String]
  /// "Via the CLI": one of several ways.
  var via: [String]
  /// "Automatic rollback": the system does it.
  var automatic: [String]
  /// "Run `x`": the inline code is a command to run.
  var run: [String]
  var forbid: [String]
  var warning: [String]
  /// "will fail if", "must … before".
  var guarding: [String]
  var risks: [(risk: String, phrases: [String])]
  var approval: [String]
  var severity: [String]
  var issue: [String]
  var action: [String]
  var alternativeColumn: [String]
  var role: [String]
  var duration: [String]
  var recoveryTime: [String]
  var issueLabel: [String]
  var escalation: [String]
  var keep: [String]
  var partial: [String]
  var total: [String]
  var yes: [String]
  var minuteUnits: [(seconds: Double, words: [String])]
  /// Words that tell nothing of what a section is about.
  var stop: Set<String>
}

extension Vocabulary {
  /// Every language at once: a document is not asked which it is in.
  static let all: Vocabulary = english.merging(others)

  func merging(_ other: [LanguageWords]) -> Vocabulary {
    var result = self
    for words in other {
      for (kind, phrases) in words.sections {
        if let index = result.sections.firstIndex(where: { $0.kind == kind }) {
          result.sections[index].phrases += phrases
        }
      }
      result.step += words.step
      result.phase += words.phase
      result.scenario += words.scenario
      result.option += words.option
      result.rollback += words.rollback
      result.generic += words.generic
      result.optional += words.optional
      result.verifying += words.verifying
      result.alternative += words.alternative
      result.expected += words.expected
      result.imperative += words.imperative
      result.instructing += words.instructing
      result.watching += words.watching
      result.validating += words.validating
      result.changing += words.changing
      result.fixForward += words.fixForward
      result.output += words.output
      result.commandColumn += words.commandColumn
      result.automatic += words.automatic
      result.via += words.via
      result.separate += words.separate
      result.alternatives += words.alternatives
      result.condition += words.condition
      result.forbid += words.forbid
      result.recoveryTime += words.recoveryTime
      result.issueLabel += words.issueLabel
      result.partial += words.partial
      result.run += words.run
      result.warning += words.warning
      result.severity += words.severity
      result.action += words.action
      result.role += words.role
      result.duration += words.duration
      for (seconds, units) in words.units {
        if let index = result.minuteUnits.firstIndex(where: { $0.seconds == seconds }) {
          result.minuteUnits[index].words += units
        }
      }
    }
    return result
  }
}

/// What another language adds.
struct LanguageWords: Sendable {
  var sections: [(kind: SectionKind, phrases: [String])] = []
  var step: [String] = []
  var phase: [String] = []
  var scenario: [String] = []
  var option: [String] = []
  var rollback: [String] = []
  var generic: [String] = []
  var optional: [String] = []
  var verifying: [String] = []
  var alternative: [String] = []
  var expected: [String] = []
  var imperative: [String] = []
  var instructing: [String] = []
  var watching: [String] = []
  var validating: [String] = []
  var changing: [String] = []
  var fixForward: [String] = []
  var output: [String] = []
  var commandColumn: [String] = []
  var automatic: [String] = []
  var via: [String] = []
  var separate: [String] = []
  var alternatives: [String] = []
  var condition: [String] = []
  var forbid: [String] = []
  var recoveryTime: [String] = []
  var issueLabel: [String] = []
  var partial: [String] = []
  var run: [String] = []
  var warning: [String] = []
  var severity: [String] = []
  var action: [String] = []
  var role: [String] = []
  var duration: [String] = []
  var units: [(seconds: Double, words: [String])] = []
}
