def run_all(steps, value):
    for step in steps:
        value = step(value)
    return value
