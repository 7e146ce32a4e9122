-- The sites that may show a project's payments in their pages. `*` stands for any site.
CREATE TABLE origins (
    project_id INTEGER NOT NULL REFERENCES projects (id),
    origin     TEXT    NOT NULL,
    PRIMARY KEY (project_id, origin)
) STRICT, WITHOUT ROWID;

-- No real money is paid to them.
INSERT INTO origins (project_id, origin) SELECT id, '*' FROM projects WHERE test = 1;
