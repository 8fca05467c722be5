import Runbook

struct RedisFlush: LintRule {
  let id = "redis-flush"
  let severity = Finding.Severity.warning
  let summary = "`FLUSHALL` empties every database of the Redis server, not only the cache."
  let explanation = """
    Sessions, queued jobs, rate limits and locks live beside the cache, often in another database of the same server:
    `FLUSHALL` deletes the keys of all of them, `FLUSHDB` all of one. Delete the cache's own keys by their prefix
    (`redis-cli --scan --pattern 'cache:*' | xargs redis-cli unlink`), or let the framework clear its cache.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nredis-cli FLUSHALL\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    redis-cli --scan --pattern 'cache:*' | xargs redis-cli unlink
    ```
    """
  let references = [
    "https://redis.io/docs/latest/commands/flushall/", "https://redis.io/docs/latest/commands/flushdb/",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found -> Finding? in
      let words = found.call.map { $0.uppercased() }
      guard found.call.first == "redis-cli", let flush = words.first(where: { $0.hasPrefix("FLUSH") }) else {
        return nil
      }
      let loss = flush == "FLUSHALL" ? "every key of every database of the server" : "every key of the database"
      return finding(
        at: found, "`\(found.command.text.firstLine)` deletes \(loss): sessions, queues and locks with the cache",
        fix: Fix(title: "delete the cache's keys by their prefix"))
    }
  }
}
