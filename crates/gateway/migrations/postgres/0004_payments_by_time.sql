-- By which a project lists its payments, newest first.
-- Whoever writes to the table waits meanwhile, about a second for a million rows: so it is one index at a time.
CREATE INDEX payments_project ON payments (project_id, created_at, id);
