-- What has changed of payments lately, in order. Triggers write it, so that nothing can change one in
-- silence; what follows it wakes those who wait. Rows are removed after an hour.
CREATE TABLE changes (
    number     INTEGER PRIMARY KEY,
    -- 0 stands for any: a project's change that all its payments show, or rows that were removed.
    payment_id INTEGER NOT NULL,
    -- The network of a payment that is new.
    created_on TEXT,
    -- Seconds since 1970, by the database's clock.
    noted_at   INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;

CREATE TRIGGER payments_created AFTER INSERT ON payments
BEGIN
    INSERT INTO changes (payment_id, created_on) VALUES (NEW.id, NEW.network);
END;

CREATE TRIGGER payments_changed AFTER UPDATE OF version ON payments
BEGIN
    INSERT INTO changes (payment_id) VALUES (NEW.id);
END;

CREATE TRIGGER descriptions_changed AFTER UPDATE OF show_description ON projects
BEGIN
    INSERT INTO changes (payment_id) VALUES (0);
END;
