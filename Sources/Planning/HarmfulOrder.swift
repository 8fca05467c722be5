/// Steps that need what an earlier step removes or replaces: a migration whose way back is only in the newer code, or in
/// the image that runs now.
enum HarmfulOrder {
  static func settle(_ drafts: inout [Draft]) {
    var earlier = EarlierRemovals()
    for index in drafts.indices where !drafts[index].isLeftOut {
      var asked: Set<String> = []
      for need in drafts[index].needs {
        guard let by = earlier.remover(of: need, before: drafts[index], in: drafts), asked.insert(by.id).inserted else {
          continue
        }
        // Whether the older one can do it too is not seen from here: a person knows.
        drafts[index].report(
          "wrong-order", .question,
          "\(by.id) (\(by.planned.title)) replaces \(need), and \(drafts[index].id) (\(drafts[index].planned.title)) "
            + "needs it as it is now. It belongs before \(by.id). Go on in this order?")
      }
      earlier.add(drafts[index], at: index)
    }
  }
}
