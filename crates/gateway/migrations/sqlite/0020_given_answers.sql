-- Answers that are given again where a call comes again with its Idempotency-Key.
CREATE TABLE given_answers (
    project_id      INTEGER NOT NULL REFERENCES projects (id),
    idempotency_key TEXT    NOT NULL,
    fingerprint     TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    body            TEXT    NOT NULL,
    given_at        INTEGER NOT NULL,
    PRIMARY KEY (project_id, idempotency_key)
) STRICT;

CREATE INDEX given_answers_time ON given_answers (given_at);
