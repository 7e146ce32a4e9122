-- By which a project finds those of a price.
-- Whoever writes to the table waits meanwhile, about a second for a million rows: so it is one index at a time.
CREATE INDEX payments_project_amount ON payments (project_id, amount, created_at, id);
