-- What has come in so far. The same in every world.
INSERT INTO integrations VALUES ('slack', 'messaging'), ('pagerduty', 'on-call');
INSERT INTO deliveries (integration, payload, received_at, status)
SELECT CASE WHEN n % 5 = 0 THEN 'pagerduty' ELSE 'slack' END,
       jsonb_build_object('text', 'message ' || n, 'channel', 'c' || n % 7),
       '2026-01-05 09:00Z'::timestamptz + n * interval '97 seconds',
       CASE WHEN n % 11 = 0 THEN 'forwarded' ELSE 'stored' END
FROM generate_series(1, 240) AS n;
