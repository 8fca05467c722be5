import Runbook
import Testing

@testable import RunbookLint

/// What holds for every rule.
struct RulesTests {
  @Test(arguments: allRules.map(\.id)) func itsBadExampleHasItAndItsGoodOneHasNot(_ id: String) throws {
    let rule = try #require(allRules.first { $0.id == id })
    let found = try findings(of: rule, in: rule.bad)
    #expect(!found.isEmpty, "\(id): its bad example has no finding")
    #expect(found.allSatisfy { $0.rule == id && $0.line > 0 }, "\(found)")
    #expect(try findings(of: rule, in: rule.good).isEmpty, "\(id): its good example has a finding")
  }

  /// A ready edit is certain: with it made, the finding is gone.
  @Test(arguments: allRules.map(\.id)) func aReadyEditMendsTheFinding(_ id: String) throws {
    let rule = try #require(allRules.first { $0.id == id })
    let found = try findings(of: rule, in: rule.bad)
    let fixes = found.compactMap(\.fix).filter { !$0.edits.isEmpty }
    guard let fix = fixes.first else { return }
    let mended = try findings(of: rule, in: applied(fix, to: rule.bad))
    #expect(mended.count < found.count, "\(id): \(fix)")
  }

  @Test func idsAreUniqueAndPlain() {
    #expect(Set(allRules.map(\.id)).count == allRules.count)
    for rule in allRules {
      #expect(rule.id.allSatisfy { $0.isLowercase || $0 == "-" || $0.isNumber }, "\(rule.id)")
      #expect(!rule.summary.isEmpty && !rule.explanation.isEmpty)
    }
  }
}
