import Runbook
public enum BindingsTemplate {
  public static func text(for runbook: Runbook, service: String) -> String { "" }
  public static func missing(_ runbook: Runbook, _ bindings: RunbookBindings) -> [String] { [] }
}
public enum YAMLRunbook { public static func text(of runbook: Runbook) throws -> String { "" } }
