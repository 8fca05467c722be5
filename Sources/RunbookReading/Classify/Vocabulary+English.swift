extension Vocabulary {
  static let english: Vocabulary = Vocabulary(
    sections: [
      (
        .forward,
        [
          "re attempt*", "reattempt*", "retry migration", "re deploy* after", "redeploy* after", "re deployment",
          "redeployment", "roll forward", "rollforward", "forward only", "restoring the new", "return to latest",
          "back to latest", "hotfix", "hotfixes", "hot fix", "hotfix release",
          "recovery strategy selection", "major version development", "new version development", "after fix",
          "after the fix", "next deployment attempt", "re apply*", "reapply*",
          "re enable after", "start over", "re migration", "re introduc*", "returning to the new",
        ]
      ),
      (
        .triggers,
        [
          "when to", "when not to", "trigger*", "failure indicators", "rollback indicators", "when rollback",
          "decision points", "warning signs", "rollback conditions", "when should", "when you should", "when is a",
          "monitor and fix forward", "fix forward", "don t rollback", "reasons to", "when to escalate",
        ]
      ),
      (
        .drill,
        [
          "drill*", "rollback testing", "testing rollback", "test rollback procedure*", "testing the rollback",
          "practice rollback", "test rollback in staging", "test rollback on staging", "test in staging",
          "test rollback in test*", "test the rollback in staging", "try rollback in staging", "rehears*",
          "rollback test", "rollback tests", "test your rollback",
          "testing rollback procedures", "game day", "dry run", "test plan", "test the rollback", "rollback drills",
        ]
      ),
      (
        .quickReference,
        [
          "quick reference", "cheat sheet", "cheatsheet", "one liner*", "one line", "useful commands",
          "common commands", "common rollback commands", "tools and scripts", "scripts and tools",
          "command reference", "available commands", "quick commands", "key commands", "tl dr",
          "tldr", "command summary", "commands reference", "quick command*", "emergency commands",
          "preservation", "script features", "tools and resources",
        ]
      ),
      (
        .template,
        [
          "template*", "communication*", "incident report", "rollback report", "message template", "stakeholder update",
          "announce*", "history log", "rollback history", "rollback log", "rollback logs", "rollback documentation",
          "sample message*",
        ]
      ),
      (
        .decision,
        [
          "decision matrix", "decision tree", "decision criteria", "severity levels", "severity matrix",
          "decision authority", "rollback authority", "approval matrix", "decision framework", "decision flow*",
          "risk level assessment", "risk assessment", "decision table", "issue severity", "decision",
        ]
      ),
      (
        .before,
        [
          "pre rollback", "before rollback", "before rolling back", "before you rollback", "before you roll back",
          "before you begin", "before you start", "before executing", "before starting", "before initiating",
          "prerequisite*", "pre requisites", "pre flight", "preflight", "pre check*", "prechecks", "preconditions",
          "before the rollback", "diagnose", "diagnosis", "triage", "initial assessment",
          "pre deployment rollback test", "pre revert*",
        ]
      ),
      (
        .estimates,
        [
          "time estimate*", "estimated time*", "recovery time*", "rto", "expected duration", "timeline*",
          "time to recover",
          "rollback time*", "duration*", "recovery objectives", "sla", "rollback windows", "expected recovery",
        ]
      ),
      (
        .contacts,
        [
          "contact*", "escalation*", "on call", "who to call", "support contact*", "support team*", "support channel*",
          "get support", "who to notify", "responsible",
          "stakeholders",
          "roles and responsibilities", "getting help", "responsibilities",
        ]
      ),
      (
        .criteria,
        [
          "success criteria", "successful when", "acceptance criteria", "exit criteria", "success metrics",
          "completion criteria", "success indicators", "rollback success", "definition of done", "criteria for success",
        ]
      ),
      (
        .backupAdvice,
        [
          "backup strategy", "backup procedure*", "backup polic*", "creating backups", "create backups",
          "backup best practice*", "backup schedule*", "backup requirements", "backup retention", "automated backups",
          "backup before", "regular backups", "backup plan", "creating rollback points", "backup checklist",
          "backup locations", "rollback points", "rollback point",
        ]
      ),
      (
        .prevention,
        [
          "prevent*", "best practice*", "lessons learned", "recommendations", "improvements", "future",
          "avoid*", "next deployment", "tips", "dos and don ts", "hardening", "guidelines", "after making changes",
          "before making changes", "version management", "versioning", "semantic versioning", "keep previous",
          "requirements", "before every", "before each", "before any migration",
          "before deployment", "before deploying", "pre deployment", "proactive measures",
          "during deployment", "before every migration", "golden rules", "corrective actions",
        ]
      ),
      (
        .troubleshooting,
        [
          "troubleshoot*", "common issues", "common problems", "known issues", "faq", "frequently asked",
          "if rollback fails",
          "rollback fails", "common failures", "rollback failure*", "failed rollback*", "what if", "debugging",
          "rollback of rollback", "if the rollback fails", "common mistakes", "common errors", "problems",
        ]
      ),
      (
        .after,
        [
          "post rollback*", "after rollback", "after rolling back", "after the rollback", "after successful rollback",
          "post incident", "post mortem*", "postmortem*", "follow up*", "next steps", "after care", "aftercare",
          "root cause*",
          "post recovery", "documentation requirements", "after a rollback", "monitoring during", "clean up after",
          "incident response", "after action", "completion steps", "rollback completion", "post rollback actions",
          "long term", "short term", "cleanup",
        ]
      ),
      (
        .verification,
        [
          "verif*", "validat*", "health check*", "smoke test*", "confirm*", "sanity check*",
          "post rollback verification",
          "testing after rollback", "check that", "monitoring after", "what to check", "check after", "tests after",
          "post rollback check*", "post rollback test*", "post rollback monitoring",
        ]
      ),
      (.checklist, ["checklist*"]),
      (
        .symptoms, ["symptom*", "problem", "indicators", "signs", "issue", "when this happens", "impact", "risk level"]
      ),
      (.limitations, ["limitation*", "caveat*", "important notes", "warnings", "considerations", "known limitations"]),
      (
        .background,
        [
          "why", "overview", "introduction", "table of contents", "contents", "toc", "background", "purpose", "scope",
          "summary",
          "executive summary", "related", "reference*", "see also", "additional resources", "resources", "notes",
          "note",
          "glossary", "appendix", "changelog", "document history", "revision history", "version history", "metrics",
          "general rollback strategy", "strategy", "philosophy", "principles", "architecture", "current state",
          "about", "what changed", "change log", "document control", "metadata", "maintenance", "conclusion",
          "files affected", "quick start", "quickstart", "getting started", "installation", "environment configuration",
          "rollback metrics", "policy", "key metrics*", "history", "security", "capabilities", "what it does",
          "changes made",
          "snapshot references", "links", "documentation",
        ]
      ),
    ],
    step: ["step", "stage", "task"],
    phase: ["phase", "part"],
    scenario: ["scenario", "case", "situation", "incident"],
    option: [
      "option", "method", "approach", "alternative", "strategy", "level", "type", "choice", "way", "path", "variant",
    ],
    rollback: [
      "rollback*", "roll back", "rolling back", "rolled back", "revert*", "restor*", "recover*", "undo", "back out",
      "backout",
      "emergency", "disable*", "downgrade*", "reset*", "switch back", "fall back", "fallback", "failback",
      "redeploy previous",
      "kill switch", "abort*", "procedure", "procedures", "remediation", "resolution", "execution", "uninstall*",
      "rebuild*",
      "remove", "reinstall*",
    ],
    generic: [
      "rollback", "rollbacks", "roll", "back", "rolling", "steps", "step", "procedure", "procedures", "process", "plan",
      "instructions", "guide", "how", "to", "the", "a", "for", "execute", "execution", "manual", "full", "complete",
      "detailed", "runbook", "playbook", "by", "and", "of", "actions", "action", "perform", "performing", "workflow",
      "recovery", "revert", "in", "instruction", "strategy", "method", "order",
    ],
    byPhase: [
      "specific", "per phase", "by phase", "partial", "each", "分阶段", "フェーズ別", "단계별", "por fase", "par phase",
    ],
    separate: [
      "scenarios", "types", "procedures", "platform", "specific", "component", "components", "per", "individual",
      "partial",
      "service", "services", "rollbacks", "options", "strategies", "methods", "levels", "by",
    ],
    alternatives: [
      "types", "strategies", "methods", "options", "approaches", "alternatives", "scenarios", "levels", "ways",
    ],
    optional: [
      "optional", "if needed", "if necessary", "if required", "if applicable", "when needed", "as needed", "only if",
      "if desired", "if critical", "if time permits", "if possible", "if available", "if present", "if relevant",
      "last resort",
    ],
    condition: ["if", "only if", "in case", "when needed"],
    verifying: [
      "verify", "verifies", "verifying", "verification", "check", "checks", "checking", "test", "tests", "testing",
      "confirm",
      "validate", "validation", "ensure", "health", "smoke", "status", "monitor", "inspect", "review", "assess", "view",
      "list", "show", "find", "identify", "investigate",
    ],
    alternative: ["or", "or else", "alternatively", "alternative", "otherwise"],
    expected: [
      "expected output", "expected result", "expected results", "expected response", "expected", "expect",
      "output should be",
      "should output", "example output", "sample output", "success output", "you should see", "should see",
      "should show",
      "should be", "should return", "should output", "should contain", "should print", "should display", "should have",
      "returns", "expected status", "shows", "output shows", "output will", "will show", "prints", "displays",
    ],
    shouldReturn: ["should", "expect", "expected", "must return", "must be", "look for"],
    imperative: [
      "add", "announce", "apply", "ask", "assess", "assign", "back", "backup", "begin", "build", "call", "cancel",
      "change",
      "check", "choose", "clean", "clear", "click", "close", "comment", "commit", "communicate", "compare", "configure",
      "confirm", "connect", "contact", "continue", "convert", "copy", "create", "decide", "define", "delete", "deploy",
      "disable",
      "disconnect", "document", "download", "drain", "drop", "edit", "email", "enable", "ensure", "escalate", "execute",
      "export",
      "file", "find", "fix", "follow", "get", "go", "hold", "identify", "import", "inform", "inspect", "install",
      "investigate",
      "keep", "kill", "launch", "let", "list", "log", "login", "look", "make", "manually", "merge", "migrate", "modify",
      "monitor", "move", "navigate", "note", "notify", "open", "page", "paste", "pause", "perform", "pick", "point",
      "populate",
      "post", "prepare", "press", "promote", "publish", "pull", "push", "put", "re", "read", "rebuild", "record",
      "recreate",
      "redeploy", "redirect", "refresh", "regenerate", "reinstall", "release", "reload", "remove", "rename", "repeat",
      "replace",
      "report", "request", "rerun", "reset", "resolve", "restart", "restore", "resume", "return", "revert", "review",
      "roll", "rollback", "rotate", "route", "run", "save", "scale", "schedule", "scroll", "search", "see", "select",
      "send", "set",
      "shut", "sign", "ssh", "start", "stop", "submit", "switch", "take", "tell", "test", "toggle", "trigger", "turn",
      "type",
      "uncomment", "undo", "uninstall", "unset", "update", "upgrade", "upload", "use", "validate", "verify", "visit",
      "wait",
      "warn", "watch", "write",
    ],
    instructing: [],
    watching: [
      "look", "watch", "see", "read", "compare", "observe", "examine", "query", "search",
    ],
    validating: ["validation", "verification"],
    changing: [],
    fixForward: [
      "fix issue*", "fix the issue*", "fix bug*", "fix the bug*", "fix code", "fix the code", "fix build*",
      "fix the build", "fix and redeploy", "fix and re deploy", "fix root cause", "fix the root cause",
      "fix the problem", "fix problem*", "fix forward", "redeploy when", "redeploy after fix*", "redeploy with fix*",
      "re deploy when", "re deploy after", "deploy fix*", "deploy the fix*", "apply fixed", "create a fix",
      "when you re done", "when you are done", "once you re done", "once you are done", "when done debugging",
      "after debugging", "once the fix", "when the fix", "once it is fixed", "test the fix", "test fix*",
      "implement fix*", "implement the fix*", "once fixed", "after fixing",
    ],
    resuming: [
      "disable maintenance", "turn off maintenance", "exit maintenance", "end maintenance", "leave maintenance",
      "remove maintenance", "deactivate maintenance", "scale up", "scale back", "scale out", "resume", "unpause",
      "unfreeze", "unlock", "re enable traffic", "enable traffic", "restore traffic", "reopen traffic",
      "re open traffic",
      "bring back online", "uncordon", "undrain",
    ],
    habit: [
      "before every migration*", "before every deploy*", "before every release*", "before every change*",
      "before every update*", "before every upgrade*", "before each migration*", "before each deploy*",
      "before each release*", "before each change*", "before each update*", "before each upgrade*",
      "before any migration*", "before any deploy*", "before any release*", "before any change*", "before any update*",
      "before any upgrade*",
    ],
    beforeChange: [
      "before every", "before each", "before any", "before updating", "before upgrading", "before deploying",
      "before modifying", "before changing", "before migrating", "before installing", "before releasing",
      "before editing", "before making", "before you update", "before you upgrade", "before you deploy",
      "before you modify", "before you change", "before you migrate", "before you install", "before you make",
      "prior to deploying", "prior to updating", "prior to upgrading",
    ],
    backup: ["backup*", "back up", "backing up", "snapshot*", "copy", "dump"],
    undoing: [
      "rollback*", "roll back", "rolling back", "revert*", "restor*", "previous", "old", "older", "recover*", "undo*",
      "downgrad*",
    ],
    targetLead: ["for"],
    targetCount: [
      "specific commit*", "single commit*", "one commit*", "a commit", "multiple commits", "several commits",
      "merge commit*", "range of commits", "commit range*", "last commit", "latest commit", "recent commit*",
      "specific migration*", "single migration*", "one migration*", "multiple migrations", "several migrations",
      "all migrations", "last migration", "specific file*", "single file*", "one file*", "multiple files",
    ],
    output: [
      "output", "result", "results", "response", "example output", "sample output", "returns", "output example",
    ],
    // In every language: few words, and no other use of them.
    example: [
      "example", "examples", "for example", "for instance", "e g", "ejemplo", "por ejemplo", "exemplo", "por exemplo",
      "exemple", "par exemple", "beispiel", "zum beispiel", "esempio", "per esempio", "voorbeeld", "пример", "например",
      "przykład", "örnek", "例えば", "示例", "例如", "예시", "예를",
    ],
    describing: [
      "script performs", "script will", "script does", "this performs", "it performs", "what it does", "what this does",
      "this command will", "this will automatically", "does the following", "will automatically", "el script realiza",
      "o script executa", "das skript führt", "le script effectue",
    ],
    commandColumn: ["command*", "how to check", "how to verify", "query"],
    viaHeading: ["via", "vía", "über", "через"],
    levels: [
      "level", "type", "strategy", "tier", "レベル", "레벨", "级别", "nivel", "nível", "niveau", "stufe", "уровень", "tipo",
    ],
    via: ["via", "using", "through"],
    automatic: ["automatic", "automatically", "automated"],
    run: [
      "run", "execute", "use", "type", "invoke", "call", "issue", "enter", "via", "with", "using", "restart", "stop",
      "start",
      "redeploy", "deploy", "revert", "rollback", "roll", "restore", "checkout", "check", "verify", "then", "trigger",
    ],
    forbid: [
      "do not", "don t", "never", "avoid", "instead of", "not run", "must not", "should not", "shouldn t",
      "rather than",
      "not use", "cannot", "can t",
    ],
    warning: ["warning", "caution", "danger", "destructive", "critical", "irreversible", "important", "attention"],
    guarding: [
      "will fail if", "fails if", "will fail", "cannot rollback", "cannot be rolled back", "must be", "must not",
      "must first",
      "cannot roll back", "only works if", "will be lost", "you must", "must populate", "make sure", "do not proceed",
      "don t proceed", "must verify", "must have", "before rollback", "before rolling back",
    ],
    risks: [
      ("critical", ["critical", "p0", "sev1", "sev 1"]),
      ("high", ["high risk", "risk high", "priority high", "high", "destructive", "dangerous", "danger", "warning"]),
      ("medium", ["medium risk", "risk medium", "priority medium", "medium", "moderate"]),
      ("low", ["low risk", "risk low", "priority low", "low", "safe"]),
    ],
    approval: ["approval*", "approver*", "authority", "authorization", "decision maker", "approved by", "who decides"],
    severity: ["severity", "priority", "level", "sev", "criticality"],
    issue: [
      "issue*", "scenario*", "problem*", "symptom*", "condition*", "trigger*", "situation*", "failure*", "error*",
      "metric*",
    ],
    action: [
      "action*", "rollback recommended", "recommendation*", "recommended", "rollback", "response*", "decision*",
      "rollback*",
      "strategy", "what to do", "procedure*",
    ],
    alternativeColumn: ["alternative*", "fallback", "otherwise", "workaround"],
    role: [
      "role*", "contact*", "name*", "team*", "who", "responsibility", "person", "phone*", "email*", "slack", "owner*",
    ],
    duration: [
      "duration*", "time", "times", "estimate*", "estimated", "minutes", "rto", "time to recover", "response time",
      "timeframe",
      "timeline", "within", "recovery time", "when", "sla",
    ],
    recoveryTime: [
      "recovery time", "rollback time", "estimated time", "time", "duration", "target time", "time to complete",
      "time estimate",
      "rto", "expected duration", "estimated duration", "expected time", "total time", "time required", "downtime",
      "estimated downtime", "eta",
    ],
    issueLabel: [
      "issue", "issues", "symptom*", "problem*", "when to use", "use when", "use case", "situation", "condition",
      "scenario",
    ],
    escalation: ["escalation*", "escalate*"],
    keep: ["keep", "leave", "retain", "preserve"],
    partial: ["partial*", "only", "selective"],
    total: ["total*", "overall", "sum"],
    yes: ["yes"],
    minuteUnits: [
      (1, ["s", "sec", "secs", "second", "seconds"]), (60, ["m", "min", "mins", "minute", "minutes"]),
      (3600, ["h", "hr", "hrs", "hour", "hours"]), (86_400, ["d", "day", "days"]), (604_800, ["w", "week", "weeks"]),
      (2_592_000, ["month", "months"]),
    ],
    stop: [
      "the", "a", "an", "of", "to", "and", "or", "for", "in", "on", "with", "if", "needed", "optional", "step", "is",
      "are", "any",
      "only", "back",
    ])
}
