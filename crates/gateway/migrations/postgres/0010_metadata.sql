-- What merchants keep with their payments for themselves: a JSON object of texts.
CREATE TABLE payment_metadata (
    payment_id BIGINT PRIMARY KEY REFERENCES payments (id),
    metadata   TEXT   NOT NULL
);
