import Runbook

struct ToolCommandUnknown: LintRule {
  let id = "tool-command-unknown"
  let severity = Finding.Severity.error
  let summary = "The tool has no such command."
  let explanation = """
    Some commands sound as if they had to exist. `fly releases rollback` does not: Fly goes back by deploying the earlier
    image. Railway goes back in its dashboard, Supabase's command line has `backups`, not `db backup`, and reads no
    functions' logs; `fly logs` knows `--no-tail`, and no `--tail`. At 3 a.m. the answer is "unknown command", or worse,
    help and exit status 0.
    """
  let bad = Example.shell("fly releases rollback v41 -a shop")
  let good = Example.shell("fly deploy -a shop --image registry.fly.io/shop:v40")
  let references = [
    "https://fly.io/docs/flyctl/logs/", "https://fly.io/docs/blueprints/rollback-guide",
    "https://fly.io/docs/flyctl/releases/",
    "https://docs.railway.com/deployments/deployment-actions", "https://docs.railway.com/cli/deployment",
    "https://github.com/supabase/cli/blob/develop/apps/cli-go/cmd/db.go",
    "https://github.com/supabase/cli/blob/develop/apps/cli-go/cmd/functions.go",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html",
  ]

  private struct Missing {
    var tools: Set<String>
    var words: [String]
    var instead: String
  }

  private static let table = [
    Missing(
      tools: ["fly", "flyctl"], words: ["releases", "rollback"],
      instead: "fly releases --image, then fly deploy --image IMAGE"),
    Missing(
      tools: ["fly", "flyctl"], words: ["rollback"], instead: "fly releases --image, then fly deploy --image IMAGE"),
    Missing(tools: ["fly", "flyctl"], words: ["postgres", "backups"], instead: "fly postgres backup list"),
    Missing(
      tools: ["railway"], words: ["rollback"], instead: "Rollback in the dashboard, behind the deployment's three dots"),
    Missing(
      tools: ["railway"], words: ["deployment", "rollback"],
      instead: "Rollback in the dashboard, behind the deployment's three dots"),
    Missing(tools: ["supabase"], words: ["db", "backup"], instead: "supabase backups list, or supabase db dump"),
    Missing(tools: ["supabase"], words: ["db", "backups"], instead: "supabase backups list, or supabase db dump"),
    Missing(tools: ["supabase"], words: ["db", "list-backups"], instead: "supabase backups list"),
    Missing(tools: ["supabase"], words: ["db", "restore"], instead: "supabase backups restore, or psql -f FILE"),
    Missing(tools: ["supabase"], words: ["db", "rollback"], instead: "supabase migration down"),
    Missing(tools: ["supabase"], words: ["db", "migration"], instead: "supabase migration"),
    Missing(tools: ["supabase"], words: ["db", "migrations"], instead: "supabase migration list"),
    Missing(tools: ["supabase"], words: ["functions", "logs"], instead: "the dashboard, under the function's Logs"),
    Missing(tools: ["supabase"], words: ["migration", "rollback"], instead: "supabase migration down"),
  ]

  private static let tools = Set(table.flatMap(\.tools) + ["aws"])

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      let tool = found.tool
      guard let name = tool.first, Self.tools.contains(name) else { return nil }
      let operands = tool.dropFirst().filter { !$0.hasPrefix("-") }
      if name == "aws", operands.starts(with: ["ecs", "update-service"]), tool.contains("--environment-overrides") {
        return finding(
          at: found,
          "`aws ecs update-service` has no `--environment-overrides`: the environment is the task definition's",
          fix: Fix(title: "aws ecs register-task-definition, then update-service --task-definition NAME:REVISION"))
      }
      if ["fly", "flyctl"].contains(name), operands.first == "logs",
        let flag = tool.first(where: { ["-f", "--follow", "--tail"].contains($0) })
      {
        return finding(
          at: found, "`\(name) logs` has no flag `\(flag)`: the step fails; it follows unless told not to",
          fix: Fix(title: "fly logs --no-tail"))
      }
      guard let missing = Self.table.first(where: { $0.tools.contains(name) && operands.starts(with: $0.words) }) else {
        return nil
      }
      return finding(
        at: found, "`\(name)` has no command `\(missing.words.joined(separator: " "))`: the step fails",
        fix: Fix(title: missing.instead))
    }
  }
}
