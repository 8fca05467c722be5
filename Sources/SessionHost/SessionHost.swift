// SessionHost
