-- The beginning of what the receiver answered.
ALTER TABLE delivery_attempts ADD COLUMN answer_excerpt TEXT;

-- Whether the last attempt to reach the project's receiver failed: its events have places apart
-- from those of the others.
ALTER TABLE projects ADD COLUMN receiver_fails INTEGER NOT NULL DEFAULT 0
    CHECK (receiver_fails IN (0, 1));
UPDATE projects SET receiver_fails = 1 WHERE EXISTS (
    SELECT 1 FROM webhook_events e
    WHERE e.project_id = projects.id AND e.state IN ('pending', 'failed')
      AND EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.event_id = e.id));

-- An event whose time has come has the time 0. By the first, a project's oldest due event is found
-- without reading its others; by the second, the events whose time comes next.
DROP INDEX webhook_events_due;
CREATE INDEX webhook_events_due ON webhook_events (project_id, created_at)
    WHERE state = 'pending' AND next_attempt_at = 0;
CREATE INDEX webhook_events_later ON webhook_events (next_attempt_at)
    WHERE state = 'pending' AND next_attempt_at > 0;
CREATE INDEX webhook_events_pending ON webhook_events (created_at) WHERE state = 'pending';
