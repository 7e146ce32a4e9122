-- What a project wants to be told besides what was paid. Off where no row stands.
CREATE TABLE told_events (
    project_id BIGINT NOT NULL REFERENCES projects (id),
    type       TEXT   NOT NULL,
    PRIMARY KEY (project_id, type)
);

-- Whose failed webhooks are tried for three days more.
CREATE TABLE patient_projects (
    project_id BIGINT PRIMARY KEY REFERENCES projects (id)
);

-- Events of these types: a queue apart from that of payments that are paid, which an older program, that knows
-- nothing of it, leaves alone.
CREATE TABLE notices (
    id              TEXT   PRIMARY KEY,
    project_id      BIGINT NOT NULL REFERENCES projects (id),
    type            TEXT   NOT NULL,
    -- Of what it tells: the same is told once.
    fact            TEXT   NOT NULL,
    -- None of a transfer that had the amount of none.
    payment_id      BIGINT REFERENCES payments (id),
    body            TEXT   NOT NULL,
    state           TEXT   NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'no_url')),
    -- 0 for an event whose time has come.
    next_attempt_at BIGINT CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    created_at      BIGINT NOT NULL,
    lease           BIGINT,
    leased_until    BIGINT,
    UNIQUE (type, fact)
);

CREATE INDEX notices_due ON notices (project_id, created_at)
    WHERE state = 'pending' AND next_attempt_at = 0;
CREATE INDEX notices_later ON notices (next_attempt_at)
    WHERE state = 'pending' AND next_attempt_at > 0;
CREATE INDEX notices_project ON notices (project_id, created_at, id);
CREATE INDEX notices_project_type ON notices (project_id, type, created_at, id);
CREATE INDEX notices_project_state ON notices (project_id, state, created_at, id)
    WHERE state IN ('pending', 'failed', 'no_url');
CREATE INDEX notices_leased ON notices (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX notices_project_delivered ON notices (project_id, created_at, id)
    WHERE state = 'delivered';
CREATE INDEX notices_payment ON notices (payment_id) WHERE payment_id IS NOT NULL;

CREATE TABLE notice_attempts (
    event_id       TEXT   NOT NULL REFERENCES notices (id),
    number         BIGINT NOT NULL,
    started_at     BIGINT NOT NULL,
    finished_at    BIGINT NOT NULL,
    http_status    BIGINT,
    error          TEXT,
    answer_excerpt TEXT,
    PRIMARY KEY (event_id, number)
);
