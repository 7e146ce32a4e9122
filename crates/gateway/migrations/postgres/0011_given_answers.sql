-- Calls that are named by an Idempotency-Key, and the answers that are given again where one comes again. A call
-- without an answer is under way.
CREATE TABLE given_answers (
    project_id      BIGINT NOT NULL REFERENCES projects (id),
    idempotency_key TEXT   NOT NULL,
    fingerprint     TEXT   NOT NULL,
    status          BIGINT,
    body            TEXT,
    named_at        BIGINT NOT NULL,
    PRIMARY KEY (project_id, idempotency_key)
);

CREATE INDEX given_answers_time ON given_answers (named_at);
