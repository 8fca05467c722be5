import Layer
import Planning

extension Plan {
  /// What is in quarantine as `state` has it: its step was done, and not undone.
  public func quarantines(inForce state: RunState) -> [(offer: QuarantineOffer, step: String)] {
    (quarantine ?? []).compactMap { entry in
      guard let step = entry.step else { return nil }
      let record = state.record(step)
      let isDone = record.hasActed && (record.state == .proven || record.state == .unproven)
      return isDone ? (entry.offer, step) : nil
    }
  }
}
