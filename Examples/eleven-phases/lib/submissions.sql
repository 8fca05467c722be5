-- What was found so far. The same in every world; 300 of the 400 have been scored and judged.
CREATE TABLE submissions (id text PRIMARY KEY, title text NOT NULL, body text NOT NULL);
INSERT INTO submissions
SELECT 't3_' || lpad(n::text, 4, '0'),
       CASE n % 4 WHEN 0 THEN 'I wish this were easier' WHEN 1 THEN 'Copying things manually' WHEN 2 THEN 'Look at my cat'
         ELSE 'Annoying: invoices' END || ' (' || n || ')',
       CASE WHEN n % 3 = 0 THEN 'I need it every day' ELSE '' END
FROM generate_series(1, 400) AS n;
CREATE TABLE opportunities_unified (
  submission_id text CONSTRAINT opportunities_one_each UNIQUE REFERENCES submissions,
  score integer NOT NULL,
  trust text,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO opportunities_unified
SELECT id, n % 90, CASE WHEN n % 90 >= 60 THEN 'high' WHEN n % 90 >= 30 THEN 'medium' ELSE 'low' END,
       '2025-11-01 06:00Z'::timestamptz + n * interval '7 minutes'
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM submissions) AS numbered WHERE n <= 300;
