def long_enough(title, least=3):
    return len(title.strip()) >= least
