/// Commands that only look, by name; a set of subcommands where only those do.
enum ReadOnlyCommands {
  static let always: Set<String> = [
    "ls", "ll", "cat", "head", "tail", "grep", "egrep", "fgrep", "rg", "zgrep", "zcat", "wc", "sort", "uniq", "cut",
    "jq", "tr",
    "echo", "printf", "date", "pwd", "whoami", "id", "uname", "df", "du", "free", "ps", "pgrep", "printenv", "which",
    "type",
    "stat", "diff", "cmp", "md5sum", "sha256sum", "sha1sum", "shasum", "ping", "dig", "nslookup", "host", "traceroute",
    "netstat",
    "ss", "lsof", "test", "[", "[[", "true", "false", "tree", "less", "more", "column", "history", "uptime", "hostname",
    "pg_isready", "journalctl", "dmesg", "file", "basename", "dirname", "readlink", "realpath", "seq", "nl", "tac",
    "rev",
    "comm", "paste", "fold", "top", "htop", "watch", "vmstat", "iostat", "mysqladmin", "getent", "groups", "last", "w",
    "who", "nproc", "lscpu", "lsblk", "man", "command", "expr", "bc", "base64", "od", "xxd", "hexdump", "strings",
    "ldd",
    "openssl", "telnet", "exit", "return", "wait", "jobs", "k6", "ab", "wrk", "hey", "httpstat", "bat", "fzf",
    "select-string", "break", "continue", ":", "locust", "pwd", "netcat", "nmap", "mtr", "sar", "cal", "clear",
    "sha512sum",
    "iptables-save", "arp", "wscat", "websocat", "locale", "ulimit", "psql-l", "pg_lsclusters", "flyctl-status",
  ]

  /// Neither looks nor changes what lasts: they leave the statement's nature to the others in it.
  static let neutral: Set<String> = [
    "cd", "pushd", "popd", "set", "source", ".", "export", "unset", "shopt", "trap", "local",
  ]

  /// Name → subcommands (one or two words) that only look.
  static let subcommands: [String: Set<String>] = [
    "git": [
      "log", "status", "diff", "show", "rev-parse", "ls-files", "ls-tree", "describe", "reflog", "blame", "shortlog",
      "rev-list",
      "ls-remote", "cat-file", "stash list", "stash show", "remote -v", "remote show", "remote get-url", "config --get",
      "config --list", "config -l", "whatchanged", "grep", "merge-base", "name-rev", "for-each-ref", "show-ref",
      "count-objects",
      "fsck", "branch --show-current", "branch -a", "branch --list", "branch -r", "branch -v", "branch -vv",
      "branch --contains",
      "tag -l", "tag --list", "tag --sort", "bisect log", "worktree list", "diff-tree", "range-diff", "cherry",
    ],
    "docker": [
      "ps", "images", "logs", "inspect", "stats", "version", "info", "top", "port", "history", "image ls",
      "image inspect",
      "container ls", "volume ls", "network ls", "volume inspect", "network inspect", "search", "diff", "events",
      "system df",
      "compose ps", "compose logs", "compose config", "compose images", "compose top", "compose ls", "compose version",
      "service ls", "service ps", "service logs", "stack ls", "stack ps", "manifest inspect", "node ls",
      "service inspect",
    ],
    "docker-compose": ["ps", "logs", "config", "images", "top", "version"],
    "podman": ["ps", "images", "logs", "inspect", "stats"],
    "kubectl": [
      "get", "describe", "logs", "top", "explain", "version", "cluster-info", "rollout status", "rollout history",
      "auth can-i",
      "config view", "config current-context", "config get-contexts", "api-resources", "events", "diff", "wait",
    ],
    "oc": ["get", "describe", "logs", "status"],
    "helm": ["list", "ls", "status", "history", "get", "show", "search", "version", "template", "lint", "diff"],
    "systemctl": [
      "status", "is-active", "is-enabled", "is-failed", "list-units", "show", "cat", "list-timers", "list-unit-files",
    ],
    "supervisorctl": ["status", "tail"],
    "pm2": ["list", "ls", "status", "logs", "show", "describe", "monit", "jlist", "info"],
    "npm": [
      "ls", "list", "view", "outdated", "audit", "test", "t", "run test", "run lint", "run typecheck", "version",
      "run test:smoke",
    ],
    "yarn": ["list", "why", "test", "info", "lint"], "pnpm": ["list", "ls", "test", "why"], "bun": ["test"],
    "vercel": ["ls", "list", "inspect", "logs", "whoami"], "netlify": ["status", "sites:list"],
    "fly": ["status", "releases", "logs", "list", "checks", "info", "apps list", "releases list", "image show"],
    "flyctl": ["status", "releases", "logs", "list", "checks", "info", "apps list", "image show"],
    "railway": ["status", "logs", "list", "deployments list", "deployments", "whoami", "variables"],
    "heroku": ["releases", "logs", "ps", "info", "config", "pg:info", "status", "apps"],
    "gh": [
      "run list", "run view", "run watch", "release list", "release view", "pr list", "pr view", "pr status",
      "workflow list",
      "issue list", "auth status", "repo view", "pr diff", "issue view", "workflow view",
    ],
    "alembic": ["current", "history", "heads", "show", "check", "branches"],
    "prisma": ["migrate status", "validate", "studio"], "cdk": ["diff", "synth", "ls", "list"],
    "supabase": ["migration list", "status", "db diff", "projects list", "functions list"],
    "terraform": [
      "plan", "show", "output", "validate", "state list", "state show", "version", "providers", "workspace list",
      "workspace show",
    ],
    "gcloud": ["logging read", "monitoring read"], "az": [],
    "aws": ["s3 ls", "sts get-caller-identity", "logs tail", "ecs wait"],
    "redis-cli": [
      "ping", "info", "get", "keys", "dbsize", "ttl", "hgetall", "llen", "scan", "exists", "monitor", "cluster",
    ],
    "nginx": ["-t", "-T", "-v"], "crontab": ["-l"], "service": [],
    "rails": ["db:migrate:status", "db:version", "routes"],
    "knex": ["migrate:list", "migrate:status"], "flask": ["db current", "db history", "routes"],
    "sequelize": ["db:migrate:status"],
    "wp": ["plugin list", "core version"], "apt": ["list", "show", "policy"],
    "apt-cache": ["policy", "show", "search"],
    "dpkg": ["-l", "-s"], "rpm": ["-q", "-qa"], "pip": ["list", "show", "freeze", "check"],
    "pip3": ["list", "show", "freeze"],
    "gsutil": ["ls", "cat", "stat", "du"], "bq": ["show", "ls", "head"],
    "kamal": ["details", "app version", "app details", "audit"],
    "argocd": ["app list", "app get", "app history", "app diff"],
    "vault": ["status", "read", "kv get", "kv list", "list"],
    "consul": ["members", "kv get"], "nomad": ["status", "job status"], "ansible": ["--version"], "ufw": ["status"],
    "eas": ["build:list", "update:list", "whoami"], "mongosh": [], "ip": ["a", "addr", "route", "link"], "ipconfig": [],
    "firebase": ["hosting:channel:list", "projects:list"], "wrangler": ["deployments list", "tail", "whoami"],
  ]

  /// Verbs of a subcommand that only look, whatever the tool: `aws ecs describe-services`, `gcloud run services list`.
  static let verbs: Set<String> = ["list", "describe", "show", "get", "status", "ls", "view"]
  /// The same for any tool: `fly postgres backups list`, `netlify deploy:list`.
  static let looking: Set<String> = [
    "list", "ls", "show", "status", "logs", "log", "history", "describe", "info", "inspect", "view", "version",
    "versions", "ps", "get", "metrics", "check", "verify", "validate", "diff", "monitor", "events", "stats", "whoami",
    "health", "test", "tests", "studio", "tail", "report", "audit", "current", "preview", "showmigrations",
  ]
  static let checking: Set<String> = [
    "lint", "typecheck", "verify", "check", "test", "tests", "validate", "status", "health", "healthcheck", "smoke",
    "verification",
    "validation", "monitor", "healthz", "diagnose",
  ]
  /// Options that make a command only look, whatever the tool.
  static let lookingOptions: Set<String> = [
    "--validate", "--validate-config", "--validate-only", "--check-config", "--configtest", "--check", "--test-config",
  ]
  static let editors: Set<String> = ["vi", "vim", "nvim", "nano", "emacs", "pico", "micro", "code"]
  /// A verb that settles the contrary, wherever it stands beside one that looks.
  static let changing: Set<String> = [
    "rollback", "rollbacks", "restore", "delete", "remove", "rm", "create", "set", "unset", "update", "promote",
    "apply", "expire",
    "revert", "reset", "deploy", "redeploy", "destroy", "push", "kill", "restart", "stop", "start", "scale", "add",
    "put", "edit", "prune", "enable", "disable", "cleanup", "clean", "purge", "drop", "resolve", "down", "up", "undo",
    "abort", "cancel", "rerun", "import", "install", "upgrade", "downgrade", "switch", "cp", "mv", "sync", "fix",
    "rotate", "clear", "flush",
  ]
  /// Subcommands that only look by themselves, and change something with a verb after them.
  static let nouns: Set<String> = [
    "releases", "deployments", "variables", "config", "reflog", "apps", "checks", "cluster", "backups", "versions",
  ]
  /// Commands whose words are files and texts, not verbs.
  static let verbless: Set<String> = [
    "cp", "mv", "ln", "mkdir", "chmod", "chown", "tar", "zip", "unzip", "gzip", "gunzip", "rsync", "scp", "ssh", "sftp",
    "psql",
    "mysql", "mariadb", "sqlite3", "pg_dump", "pg_restore", "mysqldump", "mongodump", "mongorestore", "git", "sed",
    "awk", "perl", "tee", "touch", "kill", "pkill", "killall", "createdb", "dropdb", "export", "source", "sudo", "env",
    "xargs",
    "curl", "wget", "from", "import", "crontab", "docker", "docker-compose", "podman",
  ]

  static let verbTools: Set<String> = ["aws", "gcloud", "az", "doctl", "oci", "ibmcloud", "linode-cli", "hcloud", "eb"]

  /// Runs checks rather than the service.
  static let testers: Set<String> = [
    "pytest", "jest", "mocha", "vitest", "rspec", "phpunit", "tox", "ctest", "playwright", "cypress", "tsc", "eslint",
    "ruff", "yamllint", "hadolint", "jsonlint",
    "mypy", "flake8", "shellcheck", "ansible-lint",
  ]

  /// Run a script of the author's, whose name has to tell what it does.
  static let interpreters: Set<String> = [
    "python", "python3", "python2", "node", "ruby", "php", "perl", "bash", "sh", "zsh", "deno", "bun", "ts-node", "tsx",
    "go",
    "java", "dotnet", "uv", "poetry", "pipenv", "npx", "pdm", "bundle", "make", "just", "npm", "yarn", "pnpm", "pwsh",
    "task",
    "rake", "composer", "artisan", "mix", "cargo", "gradle", "mvn",
  ]
}

/// Commands that never return, open an editor, or wait for a terminal.
enum InteractiveCommands {
  static let always: Set<String> = [
    "vi", "vim", "nvim", "nano", "emacs", "pico", "micro", "code", "visudo", "top", "htop", "watch", "less", "more",
    "man",
    "tmux", "screen", "mc", "su", "ftp", "sftp", "telnet", "k9s", "passwd", "fzf", "notepad", "pgcli", "irb", "wscat",
    "websocat",
  ]
  /// Name → subcommand.
  static let subcommands: [String: Set<String>] = [
    "crontab": ["-e"], "kubectl": ["edit", "port-forward", "proxy", "attach"], "oc": ["edit", "rsh"], "helm": [],
    "rails": ["console", "c", "s", "server"], "flask": ["run", "shell"],
    "git": ["rebase -i", "rebase --interactive", "add -p"],
    "systemctl": ["edit"], "docker": ["attach"], "npm": ["start", "run dev", "run start", "run serve"],
    "yarn": ["start", "dev", "serve"], "pnpm": ["dev", "start"], "bun": ["run dev"], "gh": ["auth login", "run watch"],
    "fly": ["ssh console", "proxy", "postgres connect"],
    "flyctl": ["ssh console", "proxy", "postgres connect"], "heroku": ["run bash", "pg:psql"],
    "railway": ["shell", "run bash", "connect"], "gcloud": ["auth login"], "vercel": ["login", "dev"],
    "aws": ["configure"],
    "npx": ["prisma studio", "serve"], "wrangler": ["tail", "login", "dev"], "pm2": ["monit", "logs"], "visudo": [],
    "redis-cli": ["monitor"], "stern": [], "ngrok": ["http"], "hugo": ["server"], "minikube": ["tunnel", "dashboard"],
    "supabase": ["login"], "read": [],
  ]
  /// With no arguments, or only options that say where: a prompt.
  static let prompts: Set<String> = [
    "psql", "mysql", "redis-cli", "sqlite3", "mongo", "mongosh", "mariadb", "cqlsh", "sqlplus", "bash", "sh", "zsh",
    "python",
    "python3", "node", "ssh", "cypher-shell", "clickhouse-client", "bq-shell",
  ]
  static let servers: Set<String> = [
    "uvicorn", "hypercorn", "daphne", "http-server", "serve", "nodemon", "live-server", "ngrok", "caddy",
  ]
}

/// Commands whose form alone says that something is destroyed.
enum DestructiveCommands {
  static let always: Set<String> = [
    "rm", "rmdir", "unlink", "dropdb", "truncate", "shred", "mkfs", "dd", "wipefs", "del", "dropuser",
  ]
  static let subcommands: [String: Set<String>] = [
    "git": [
      "clean", "reset --hard", "push --force", "push -f", "push --force-with-lease", "branch -D", "stash drop",
      "stash clear",
      "push --delete", "tag -d", "branch -d", "checkout -f", "rm", "filter-branch", "update-ref -d",
    ],
    "docker": [
      "rm", "rmi", "volume rm", "volume prune", "system prune", "image prune", "container rm", "network rm", "image rm",
      "compose rm", "container prune", "stack rm", "service rm", "builder prune",
    ],
    "docker-compose": ["rm"], "kubectl": ["delete", "drain", "replace --force"], "oc": ["delete"],
    "helm": ["uninstall", "delete"], "terraform": ["destroy", "state rm"], "redis-cli": ["flushall", "flushdb", "del"],
    "aws": ["s3 rm", "s3 rb"], "gsutil": ["rm"], "gcloud": [], "npm": ["uninstall", "unpublish"], "bq": ["rm"],
    "rails": ["db:drop", "db:reset"], "vault": ["delete", "kv delete"], "etcdctl": ["del"], "crontab": ["-r"],
    "prisma": ["migrate reset"], "supabase": ["db reset"], "fly": ["apps destroy", "volumes destroy"],
    "flyctl": ["apps destroy"],
    "pm2": ["delete"], "gh": ["release delete"], "apt": ["purge"], "heroku": ["apps:destroy", "pg:reset"],
  ]
}
