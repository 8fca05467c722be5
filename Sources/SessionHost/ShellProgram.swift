/// The bash text that runs a session: one line for each statement, which takes it, runs it and says how it ended.
///
/// It must survive what statements do to their shell (`set -e`, `IFS`, traps, aliases, functions with the names of
/// builtins), so it calls builtins by `\\builtin`. Statements run at the top level: in a function, `declare` would make
/// locals; in a loop, `break` would leave it.
enum ShellProgram {
  /// Descriptors of the shell. Statements do not see them.
  static let textDescriptor: Int32 = 249
  static let goDescriptor: Int32 = 250
  static let reportDescriptor: Int32 = 251
  static let signalDescriptor: Int32 = 252

  /// What bash reads as its script: this line, then `turn` for each statement. The program comes through the text
  /// descriptor.
  static let bootstrap = """
    IFS= \\builtin read -r -d '' -u 249 __backout_first; IFS= \\builtin read -r -d '' -u 249 __backout_turn; \
    \\builtin eval -- "$__backout_first"; BASH_ARGV0=bash; \\builtin exec 250<&-

    """
  static let turn = "\\builtin eval -- \"$__backout_turn\"\n"

  /// Bash writes a report line by line: into memory, and then one word through the pipe, or each line would wake the host.
  static let signal = "s"

  /// What a report holds after its kind (`s`: the statement ended, `x`: the shell does), each ended by a NUL.
  static let reportParts = 8

  private static let report = """
    \\builtin printf '%s\\0%s\\0%s\\0' "$__backout_kind" "$__backout_status" "${PWD-}"; \\builtin declare -p; \
    \\builtin printf '\\0'; \\builtin declare -f; \\builtin declare -Fx; \\builtin printf '\\0'; \\builtin shopt -p; \
    \\builtin umask -p; \\builtin alias -p; \\builtin printf '\\0'; \\builtin set +o; \\builtin printf '\\0'; \
    \\builtin trap -p; \\builtin printf '\\0'; \\builtin trap -p EXIT; \\builtin printf '\\0';
    """

  private static func take(_ name: String) -> String { "IFS= \\builtin read -r -d '' -u 249 \(name); " }

  /// What is said once to a new shell.
  /// - Parameter reportPath: the report pipe by its path, for the shell's end: by then its descriptor may be closed.
  static func first(reportPath: String) -> String {
    """
    __backout_return() { \\builtin return "$1"; }; __backout_status=0; __backout_user_trap=; \
    __backout_exit='__backout_status=$? __backout_kind=x; { \(quotedReport) } 2>/dev/null >"\(reportPath)"; \
    __backout_return "$__backout_status" && \\builtin :; \\builtin eval -- "$__backout_user_trap"'
    """
  }

  /// What is done for each statement. One line, so that bash counts a statement's lines from 1.
  static let each = """
    \(take("__backout_before"))\(take("__backout_in"))\(take("__backout_out"))\(take("BACKOUT_STATEMENT"))\
    \(take("__backout_text"))\
    \\builtin eval -- "$__backout_before" 2>/dev/null; \
    \\builtin export BACKOUT_STATEMENT; \\builtin trap -- "$__backout_exit" EXIT; LINENO=1; \
    __backout_return "$__backout_status" && \\builtin :; \
    \\builtin eval -- "$__backout_text" <"$__backout_in" >>"$__backout_out" 2>&1 249<&- 251>&- 252>&-; \
    { __backout_status=$? __backout_kind=s; \(report) } >&251 2>/dev/null; \
    \\builtin printf '\(signal)\\0' >&252
    """

  /// The report inside single quotes.
  private static var quotedReport: String { String(quoted(report).dropFirst().dropLast()) }

  /// One word of shell syntax that stands for `text`.
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
