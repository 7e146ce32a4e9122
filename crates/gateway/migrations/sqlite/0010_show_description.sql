-- Whether payers see what a payment is for: its description, which is otherwise the merchant's alone.
ALTER TABLE projects ADD COLUMN show_description INTEGER NOT NULL DEFAULT 0
    CHECK (show_description IN (0, 1));
