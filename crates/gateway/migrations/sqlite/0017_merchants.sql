-- Payments that their merchant has given up: who did it, and why.
CREATE TABLE cancellations (
    payment_id   INTEGER PRIMARY KEY REFERENCES payments (id),
    actor        TEXT    NOT NULL,
    note         TEXT,
    cancelled_at INTEGER NOT NULL
) STRICT;

-- Of which projects the operator alone decides about transfers in review.
CREATE TABLE operator_reviews (
    project_id INTEGER PRIMARY KEY REFERENCES projects (id)
) STRICT, WITHOUT ROWID;

-- By which a project lists its payments and events, newest first, and finds them.
CREATE INDEX payments_project ON payments (project_id, created_at, id);
CREATE INDEX payments_project_status ON payments (project_id, status, created_at, id)
    WHERE status <> 'pending';
CREATE INDEX payments_project_amount ON payments (project_id, amount, created_at, id);
CREATE INDEX webhook_events_project ON webhook_events (project_id, created_at, id);
CREATE INDEX webhook_events_project_state ON webhook_events (project_id, state, created_at, id)
    WHERE state IN ('pending', 'failed', 'no_url');
CREATE INDEX transfers_payment ON transfers (payment_id) WHERE payment_id IS NOT NULL;
