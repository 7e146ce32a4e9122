-- By which a project lists its events, newest first, and those that were not delivered.
CREATE INDEX webhook_events_project ON webhook_events (project_id, created_at, id);
CREATE INDEX webhook_events_project_state ON webhook_events (project_id, state, created_at, id)
    WHERE state IN ('pending', 'failed', 'no_url');
