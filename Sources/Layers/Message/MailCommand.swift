import Layer
import Runbook

/// What one command of a mailer sends, and to whom.
struct MailCommand: Codable, Hashable, Sendable {
  var program: String
  var recipients: [String] = []
  var subject: String?
  /// The recipients stand in the message itself (`sendmail -t`).
  var readsRecipients = false
  /// Whether every word is known without a shell.
  var isKnown = true
  var needs: CommandNeeds

  /// Options of each mailer that take the next word, and those of them that name a recipient.
  private static let mailers: [String: (valued: Set<String>, recipients: Set<String>)] = [
    "mail": (["-s", "-r", "-c", "-b", "-a", "-A", "-q", "-S", "-M"], ["-c", "-b"]),
    "mailx": (["-s", "-r", "-c", "-b", "-a", "-A", "-q", "-S", "-M"], ["-c", "-b"]),
    "mutt": (["-s", "-c", "-b", "-a", "-i", "-F", "-e", "-H"], ["-c", "-b"]),
    "sendmail": (["-f", "-F", "-r", "-o", "-O"], []),
    "msmtp": (["-a", "-C", "-f", "-F"], []),
    "swaks": (
      ["-t", "--to", "-f", "--from", "-s", "--server", "--body", "--data", "--header", "-p", "--port"], ["-t", "--to"]
    ),
  ]

  init?(_ command: ParsedCommand, in context: ReadingContext) {
    guard let name = command.name, let mailer = Self.mailers[name] else { return nil }
    program = name
    needs = CommandNeeds(command, in: context)
    var words = command.words.dropFirst()
    func text(_ word: Word) -> String {
      if let value = WordExpansion.expandedValue(of: word, in: context) { return value }
      isKnown = false
      return word.text
    }
    while let word = words.popFirst() {
      let option = text(word)
      if mailer.valued.contains(option) {
        guard let value = words.popFirst() else { break }
        if mailer.recipients.contains(option) {
          recipients.append(text(value))
        } else if option == "-s", name != "swaks" {
          subject = text(value)
        }
      } else if option == "-t" {
        readsRecipients = true
      } else if !option.hasPrefix("-"), !option.isEmpty {
        recipients += option.split(separator: ",").map(String.init)
      }
    }
  }

  var summary: String {
    let to = recipients.isEmpty ? "" : " to " + recipients.prefix(3).joined(separator: ", ")
    let more = recipients.count > 3 ? " and \(recipients.count - 3) more" : ""
    let about = subject.map { ": \($0)" } ?? ""
    return String("mail\(to)\(more)\(about)".prefix(120))
  }

  /// Domains that RFC 2606 keeps for examples, and what documents write for "yours".
  static func isExample(_ address: String) -> Bool {
    guard let domain = address.split(separator: "@").last?.lowercased(), address.contains("@") else { return false }
    return [
      "example.com", "example.org", "example.net", "company.com", "yourcompany.com", "domain.com", "yourdomain.com",
    ]
    .contains(domain) || domain.hasSuffix(".example") || domain.hasSuffix(".invalid")
  }
}
