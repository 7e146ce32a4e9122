-- By which a project that was told little finds out so, without its other events being read.
CREATE INDEX webhook_events_project_delivered ON webhook_events (project_id, created_at, id)
    WHERE state = 'delivered';
