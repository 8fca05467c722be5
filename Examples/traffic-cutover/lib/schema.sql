CREATE TABLE submissions (
    id text PRIMARY KEY,
    subreddit text NOT NULL,
    title text NOT NULL,
    created_utc timestamptz NOT NULL,
    collected_by text NOT NULL CHECK (collected_by IN ('manual', 'dlt')),
    collected_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE opportunity_analysis (
    submission_id text PRIMARY KEY REFERENCES submissions (id),
    score integer NOT NULL,
    scored_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX submissions_created_utc_idx ON submissions (created_utc);
