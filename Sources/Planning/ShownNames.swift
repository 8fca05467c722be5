import Runbook

/// What a person may call a stage, a step or a choice: its id (`step-6/4`), or what the screens show of it (`6.4`).
public struct ShownNames: Sendable {
  private let ids: Set<String>
  /// Nil: it is shown of several.
  private var meant: [String: String?] = [:]

  init(stages: [(id: String, members: [String])]) {
    ids = Set(stages.flatMap { [$0.id, "\($0.id)/*"] + $0.members })
    let hasNumbers = stages.contains { Self.number(of: $0.id) != nil }
    for (index, stage) in stages.enumerated() {
      // A stage without a number of its own is shown by its place, where no stage has one.
      let numbers = [Self.number(of: stage.id) ?? (hasNumbers ? nil : String(index + 1)), stage.id].compactMap(\.self)
      let rest = (["\(stage.id)/*"] + stage.members).compactMap { id in
        id.dropping(prefix: stage.id + "/").map { (id, $0) }
      }
      for number in numbers {
        add(number, for: stage.id)
        for (id, position) in rest {
          add("\(number).\(position)", for: id)
          add("\(number)/\(position)", for: id)
        }
      }
    }
  }

  public init(of plan: Plan) {
    self.init(
      stages: plan.stages.map { stage in
        (stage.id, stage.choices.map(\.id) + stage.steps.flatMap { [$0.id] + $0.asks.map(\.id) })
      })
  }

  init(of stages: [Stage]) {
    self.init(stages: stages.map { stage in (stage.id, stage.choices.map(\.id) + stage.steps.map(\.id)) })
  }

  private mutating func add(_ name: String, for id: String) {
    if let other = meant[name], other != id { meant[name] = .some(nil) } else { meant[name] = .some(id) }
  }

  /// The id that is meant; of a problem (`6.4:no-op`), its name. What is not known is given back as it is.
  public func id(_ typed: String) -> String {
    if ids.contains(typed) { return typed }
    if let id = meant[typed] { return id ?? typed }
    guard let colon = typed.firstIndex(of: ":") else { return typed }
    return id(String(typed[..<colon])) + typed[colon...]
  }

  /// The shortest name that means `id`.
  public func shown(_ id: String) -> String {
    let short = Self.short(id)
    return self.id(short) == id ? short : id
  }

  func ids<Value>(_ typed: [String: Value]) -> [String: Value] {
    Dictionary(typed.map { (id($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// `step-6/4` → `6.4`.
  public static func short(_ id: String) -> String {
    guard let slash = id.lastIndex(of: "/") else { return number(of: id) ?? id }
    let stage = String(id[..<slash])
    return "\(number(of: stage) ?? stage).\(id[id.index(after: slash)...])"
  }

  /// `step-6` → `6`, `phase-7` → `7`.
  public static func number(of stage: String) -> String? {
    let parts = stage.split(separator: "-")
    guard parts.count == 2, ["step", "phase", "stage"].contains(parts[0]), Int(parts[1]) != nil else { return nil }
    return String(parts[1])
  }
}
