def without_known(submissions, known):
    return [submission for submission in submissions if submission[0] not in known]
