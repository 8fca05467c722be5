import Journal
import Planning

/// Which questions a message answers.
enum AnswerMatching {
  /// `about` is a question's id; `step-3/*` is every confirmation of a stage. A value that no question offers answers
  /// none, and leave that names nothing is for one question: not for what others are asked beside it.
  ///
  /// - Parameter round: all that was asked at once, of which some may be answered by now.
  static func answers(_ message: Message, to asks: [Ask], of round: [Ask]) -> [RunAnswer] {
    if message.kind == .approve, message.about == nil, round.count(where: { $0.kind == .approval }) > 1 { return [] }
    return asks.filter { fits(message, $0) }.map { ask in
      RunAnswer(key: ask.key, value: value(of: message), reason: message.reason, by: message.sender)
    }
  }

  /// Whether the message goes on standing after it answered: it names a whole stage.
  static func isStanding(_ message: Message) -> Bool { message.about?.hasSuffix("/*") ?? false }

  /// Whether the message is void where it answered nothing: leave that names nothing is for what was asked when it was
  /// given, never for what is asked later.
  static func isVoid(_ message: Message) -> Bool { [.approve, .reject].contains(message.kind) && message.about == nil }

  private static func value(of message: Message) -> String {
    switch message.kind {
    case .approve: "yes"
    case .reject: "no"
    default: message.value
    }
  }

  private static func fits(_ message: Message, _ ask: Ask) -> Bool {
    guard ask.options.contains(where: { $0.id == value(of: message) }) else { return false }
    switch message.kind {
    case .approve, .reject: return ask.kind == .approval && (message.about ?? ask.id) == ask.id
    case .answer:
      if ask.kind == .approval { return false }
      if message.about == ask.id { return true }
      guard ask.kind == .confirmation, isStanding(message), let stage = message.about?.dropLast() else { return false }
      return ask.id.hasPrefix(stage)
    case .note, .pause, .abort: return false
    }
  }
}

extension Message {
  /// Whether it replies to a question.
  var isReply: Bool { [.answer, .approve, .reject].contains(kind) }
}
