// BackoutCommands
