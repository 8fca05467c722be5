// RunbookReading
