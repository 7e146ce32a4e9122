-- Calls that are named by an Idempotency-Key, and the answers that are given again where one comes again. A call
-- without an answer is under way.
CREATE TABLE given_answers (
    project_id      INTEGER NOT NULL REFERENCES projects (id),
    idempotency_key TEXT    NOT NULL,
    fingerprint     TEXT    NOT NULL,
    status          INTEGER,
    body            TEXT,
    named_at        INTEGER NOT NULL,
    PRIMARY KEY (project_id, idempotency_key)
) STRICT;

CREATE INDEX given_answers_time ON given_answers (named_at);
