-- By which a project that was told little finds out so, without its other events being read.
-- Whoever writes to the table waits meanwhile, about a second for a million rows: so it is one index at a time.
CREATE INDEX webhook_events_project_delivered ON webhook_events (project_id, created_at, id)
    WHERE state = 'delivered';
