-- Answers that are given again where a call comes again with its Idempotency-Key.
CREATE TABLE given_answers (
    project_id      BIGINT NOT NULL REFERENCES projects (id),
    idempotency_key TEXT   NOT NULL,
    fingerprint     TEXT   NOT NULL,
    status          BIGINT NOT NULL,
    body            TEXT   NOT NULL,
    given_at        BIGINT NOT NULL,
    PRIMARY KEY (project_id, idempotency_key)
);

CREATE INDEX given_answers_time ON given_answers (given_at);
