/// Every rule, by its id. A new one is a file in `Rules/` and a line here.
public let allRules: [any LintRule] = [
  RevertOpensEditor()
]
