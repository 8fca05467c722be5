import Runbook

extension Aside {
  /// A table is a decision matrix, contacts, times, or a fact, by its columns.
  mutating func read(
    _ table: Table, heading: String, line: Int, classifier: SectionClassifier, kind: SectionKind? = nil
  ) {
    let vocabulary = classifier.vocabulary
    let columns = table.header.map(classifier.words)
    func column(_ phrases: [String], except: Set<Int> = []) -> Int? {
      columns.indices.first { !except.contains($0) && columns[$0].containsAny(phrases) }
    }
    let severity = column(vocabulary.severity)
    let issue = column(vocabulary.issue, except: Set([severity].compactMap { $0 }))
    let approval = column(vocabulary.approval)
    let taken = Set([severity, issue, approval].compactMap { $0 })
    let action = column(vocabulary.action, except: taken)
    let alternative = column(vocabulary.alternativeColumn, except: taken.union([action].compactMap { $0 }))
    let duration = column(vocabulary.duration, except: taken.union([action].compactMap { $0 }))

    let isContacts = kind == .contacts || classifier.kind(of: heading) == .contacts
    let isDecision = (severity != nil || issue != nil) && (action != nil || approval != nil) && !isContacts
    if isDecision {
      for row in table.rows {
        func cell(_ index: Int?) -> String? {
          guard let index, row.cells.indices.contains(index), !row.cells[index].isEmpty else { return nil }
          return row.cells[index]
        }
        let act = cell(action) ?? cell(approval) ?? ""
        let within = cell(duration).flatMap(Quantity.estimate) ?? Quantity.estimate(act)
        decisionMatrix.append(
          DecisionRule(
            line: row.line, issue: cell(issue), severity: cell(severity), action: act,
            within: within.flatMap { $0.maximum ?? $0.minimum },
            approval: cell(approval), alternative: cell(alternative)))
      }
      return
    }
    if isContacts, columns.count >= 2 {
      for row in table.rows {
        let rest = row.cells.dropFirst().filter { !$0.isEmpty }
        contacts.append(
          Contact(
            line: row.line, role: row.cells.first ?? "", detail: rest.isEmpty ? nil : rest.joined(separator: ", ")))
      }
      return
    }
    if let time = timeColumn(table, heading: heading, duration: duration, classifier: classifier, kind: kind) {
      for row in table.rows {
        let name = row.cells.first ?? ""
        if row.cells.indices.contains(time), let estimate = Quantity.estimate(row.cells[time]) {
          estimates.append((row.line, name, StageReader.estimate(estimate, text: row.cells[time])))
        }
        facts.append(Fact(line: row.line, kind: .estimate, text: row.cells.joined(separator: " | ")))
      }
      return
    }
    facts.append(Fact(line: line, kind: .table, text: Self.text(table)))
  }

  private func timeColumn(
    _ table: Table, heading: String, duration: Int?, classifier: SectionClassifier, kind: SectionKind?
  ) -> Int? {
    guard let duration, duration > 0 else { return nil }
    let times = table.rows.filter {
      $0.cells.indices.contains(duration) && Quantity.estimate($0.cells[duration]) != nil
    }
    return times.count * 2 > table.rows.count ? duration : nil
  }

  static func text(_ table: Table) -> String {
    ([table.header] + table.rows.map(\.cells)).map { $0.joined(separator: " | ") }.joined(separator: "\n")
  }
}
