-- The most that is added to a price to make an amount unique, in micro-USDT.
ALTER TABLE projects ADD COLUMN most_addition INTEGER NOT NULL DEFAULT 99900
    CHECK (most_addition BETWEEN 99900 AND 999900);
