import Runbook
import Testing

@testable import RunbookLint

/// What holds for every rule.
struct RulesTests {
  /// A repository around the examples, for the rules that look into one.
  private static let repository = RepositoryFiles(paths: ["README.md", "app/payments.py"])

  @Test(arguments: allRules.map(\.id)) func itsBadExampleHasItAndItsGoodOneHasNot(_ id: String) throws {
    let rule = try #require(allRules.first { $0.id == id })
    let found = try findings(of: rule, in: rule.bad, repository: Self.repository)
    #expect(!found.isEmpty, "\(id): its bad example has no finding")
    #expect(found.allSatisfy { $0.rule == id && $0.line > 0 }, "\(found)")
    #expect(
      try findings(of: rule, in: rule.good, repository: Self.repository).isEmpty,
      "\(id): its good example has a finding")
  }

  /// A ready edit is certain: with it made, the finding is gone.
  @Test(arguments: allRules.map(\.id)) func aReadyEditMendsTheFinding(_ id: String) throws {
    let rule = try #require(allRules.first { $0.id == id })
    let found = try findings(of: rule, in: rule.bad, repository: Self.repository)
    let fixes = found.compactMap(\.fix).filter { !$0.edits.isEmpty }
    guard let fix = fixes.first else { return }
    let mended = try findings(of: rule, in: applied(fix, to: rule.bad), repository: Self.repository)
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
