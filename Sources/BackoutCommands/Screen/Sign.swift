import Engine

/// One sign for each state; the word stands beside it wherever it matters.
enum Sign {
  static func of(_ state: StepState) -> String {
    switch state {
    case .proven: Style.good.paint("✓")
    case .unproven: Style.warn.paint("○")
    case .failed, .refused: Style.bad.paint("✗")
    case .unknown: Style.bad.paint("?")
    case .skipped: Style.faint.paint("–")
    case .undone: Style.accent.paint("↶")
    case .pending: Style.faint.paint("·")
    case .observing, .guarded, .waiting, .keeping, .acting, .verifying: Style.accent.paint("▸")
    }
  }
}
