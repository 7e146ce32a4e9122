-- By which a project lists those of a status. Pending ones have an index of their orders.
-- Whoever writes to the table waits meanwhile, about a second for a million rows: so it is one index at a time.
CREATE INDEX payments_project_status ON payments (project_id, status, created_at, id)
    WHERE status <> 'pending';
