-- How a project's payment page looks. What is NULL is left to the gateway, or to the payer's device.
CREATE TABLE brands (
    project_id INTEGER PRIMARY KEY REFERENCES projects (id),
    name       TEXT,
    logo       TEXT REFERENCES logos (name),
    color      TEXT,
    support    TEXT,
    theme      TEXT CHECK (theme IN ('light', 'dark')),
    language   TEXT
) STRICT;

-- By the name under which they are served, which holds the hash of the bytes.
CREATE TABLE logos (
    name  TEXT PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
