import Runbook

extension StageReader {
  /// A table of checks with the command of each: its rows are steps. Any other table is a fact.
  mutating func table(_ table: Table, line: Int) {
    let headings = self.headings.joined(separator: " ")
    let isCommands =
      table.header.contains { classifier.words($0).containsAny(classifier.vocabulary.commandColumn) }
      || classifier.isVerifying(self.headings.last ?? "") || ambient == .verification
    guard isCommands, table.hasCommands(shell) else {
      aside.read(table, heading: headings, line: line, classifier: classifier)
      return
    }
    for row in table.rows {
      let commands = row.codes.compactMap { code in shell.command(code).map { (code, $0) } }
      guard let (_, parsed) = commands.first else {
        aside.facts.append(Fact(line: row.line, kind: .table, text: row.cells.joined(separator: " | ")))
        continue
      }
      var statement = parsed
      for index in statement.commands.indices { statement.commands[index].line = row.line }
      let title = row.cells.first ?? ""
      let nature = CommandNature(statement, title: surroundings(title), verifies: verifies(title))
      add(
        Step(
          id: "", line: row.line, endLine: row.line, title: Self.title(title.isEmpty ? statement.text : title),
          kind: nature.kind, role: nature.role, action: .shell(statement), place: StepPlace.of(statement),
          interactive: nature.isInteractive, destructive: nature.isDestructive))
      for (code, _) in commands.dropFirst() {
        aside.facts.append(Fact(line: row.line, kind: .note, text: code))
      }
      if let column = table.header.firstIndex(where: { classifier.isExpectation($0) }),
        row.cells.indices.contains(column),
        !row.cells[column].isEmpty
      {
        expect(ExpectationReader.check(row.cells[column], line: row.line))
      }
    }
  }
}

extension Table {
  func hasCommands(_ shell: ShellIndex) -> Bool {
    rows.contains { $0.codes.contains { shell.command($0) != nil } }
  }

  var mayHaveCommands: Bool { rows.contains { $0.codes.contains(where: InlineCommand.looksLikeCommand) } }
}
