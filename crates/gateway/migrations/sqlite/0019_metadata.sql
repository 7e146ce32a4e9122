-- What merchants keep with their payments for themselves: a JSON object of texts.
CREATE TABLE payment_metadata (
    payment_id INTEGER PRIMARY KEY REFERENCES payments (id),
    metadata   TEXT    NOT NULL
) STRICT;
