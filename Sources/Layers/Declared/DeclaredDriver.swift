// Declared
