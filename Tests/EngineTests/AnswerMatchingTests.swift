import Journal
import Planning
import Testing

@testable import Engine

@Suite struct AnswerMatchingTests {
  private func ask(_ id: String, _ kind: Ask.Kind) -> Ask {
    Ask(id: id, kind: kind, question: "?", options: Ask.yesOrNo)
  }

  /// Leave that names nothing is for one question: it does not give what somebody else is asked beside it.
  @Test func aBareApproveIsForOne() {
    let both = [ask("plan", .approval), ask("1", .approval)]
    let bare = Message(kind: .approve, sender: "lea")
    #expect(AnswerMatching.answers(bare, to: both, of: both).isEmpty)
    let one = [both[1], ask("1", .pointOfNoReturn)]
    #expect(AnswerMatching.answers(bare, to: one, of: one).map(\.key) == ["approval:1"])
    let named = Message(kind: .approve, about: "plan", sender: "lea")
    #expect(AnswerMatching.answers(named, to: both, of: both).map(\.key) == ["approval:plan"])
    // Nor does it, once the other was answered in the same round, or is asked in a later one.
    #expect(AnswerMatching.answers(bare, to: [both[1]], of: both).isEmpty)
    #expect(AnswerMatching.isVoid(bare) && !AnswerMatching.isVoid(named))
    // A no is a no to whatever waits.
    #expect(AnswerMatching.answers(Message(kind: .reject, sender: "lea"), to: both, of: both).count == 2)
  }
}
