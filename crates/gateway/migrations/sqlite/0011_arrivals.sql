-- Transfers in blocks that are not final and whose amount no payment waits for. Each has the payment that it is
-- likely meant for, or NULL where that is not clear. It is news for the payer: nothing is ever credited
-- by this. A row ends when its transfer is recorded, or when the solid chain has passed it without.
CREATE TABLE arrivals (
    network    TEXT    NOT NULL,
    txid       TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    block      INTEGER NOT NULL,
    payment_id INTEGER REFERENCES payments (id),
    PRIMARY KEY (network, txid, recipient, amount)
) STRICT, WITHOUT ROWID;

CREATE INDEX arrivals_payment ON arrivals (payment_id) WHERE payment_id IS NOT NULL;
