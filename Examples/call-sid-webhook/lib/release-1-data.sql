-- Forty calls of the old release, each with two lines said. Times are fixed, so that digests are.
INSERT INTO dev.calls (conversation_id, status, started_at)
SELECT 'conv_' || lpad(n::text, 4, '0'), CASE WHEN n % 5 = 0 THEN 'in_progress' ELSE 'completed' END,
       timestamptz '2026-01-14 08:00:00+00' + n * interval '1 minute'
FROM generate_series(1, 40) AS n ORDER BY n;

INSERT INTO dev.transcriptions (call_id, speaker, message, spoken_at)
SELECT c.id, who, 'line of the ' || who, c.started_at + interval '5 seconds'
FROM dev.calls AS c CROSS JOIN (VALUES ('agent'), ('caller')) AS speakers (who) ORDER BY c.id, who;
