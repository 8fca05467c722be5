extension Vocabulary {
  /// Other languages, as far as public runbooks are written in them; a table each, in a file for each family.
  static let others: [LanguageWords] = [
    korean, japanese, chinese, spanish, portuguese, italian, french, german, dutch, russian, turkish, indonesian,
    vietnamese,
  ]
}
