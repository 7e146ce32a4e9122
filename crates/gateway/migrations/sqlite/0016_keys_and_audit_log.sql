-- During a rotation of its secret, a project's own key has two that are valid: that of its row, and the next
-- one, which takes its place when the overlap ends. Programs that do not know the next one go on with
-- the first. In a table of its own: what a running program has prepared does not outlive a new column.
CREATE TABLE rotations (
    project_id  INTEGER PRIMARY KEY REFERENCES projects (id),
    next_secret BLOB    NOT NULL,
    ends_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which get no new payments, and since when.
CREATE TABLE disabled_projects (
    project_id INTEGER PRIMARY KEY REFERENCES projects (id),
    since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Further keys of a project, beside its own. They sign calls, and no webhooks.
CREATE TABLE api_keys (
    api_key       TEXT    PRIMARY KEY,
    project_id    INTEGER NOT NULL REFERENCES projects (id),
    sealed_secret BLOB    NOT NULL,
    label         TEXT    NOT NULL,
    -- It may ask, and change nothing.
    read_only     INTEGER NOT NULL CHECK (read_only IN (0, 1)),
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_project ON api_keys (project_id);

-- When each key, a project's own or a further one, last signed a call, to the minute.
CREATE TABLE key_uses (
    api_key TEXT    PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was changed by a person or a program outside of the gateway, without secrets.
CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY,
    changed_at INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    -- From where: the way, and the machine.
    origin     TEXT    NOT NULL,
    project_id INTEGER REFERENCES projects (id),
    action     TEXT    NOT NULL,
    -- Of what was changed the name, and as JSON what it was before and after.
    subject    TEXT,
    old        TEXT,
    new        TEXT
) STRICT;

CREATE INDEX audit_log_project ON audit_log (project_id, id);
