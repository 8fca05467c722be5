// Layer
