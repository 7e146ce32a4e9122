-- Which payments show a transfer that waits for review to their payers: the one that it seems to be
-- meant for, and those for which somebody has pointed to it. Nothing is ever credited by this.
CREATE TABLE review_links (
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    network      TEXT    NOT NULL,
    txid         TEXT    NOT NULL,
    log_position INTEGER NOT NULL,
    PRIMARY KEY (payment_id, network, txid, log_position),
    FOREIGN KEY (network, txid, log_position) REFERENCES transfers (network, txid, log_position)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_links_transfer ON review_links (network, txid, log_position);

-- By which a transfer finds the payment that was accepted with less, and of which it is the rest.
CREATE INDEX payments_rest ON payments (network, address, pay_amount - received_amount)
    WHERE received_amount < pay_amount;

-- By which the figures count without reading all that ever happened.
CREATE INDEX transfers_recorded ON transfers (recorded_at);
CREATE INDEX transfers_waiting ON transfers (recorded_at)
    WHERE outcome = 'review' AND review_reason <> 'dust';
CREATE INDEX webhook_events_failed ON webhook_events (created_at) WHERE state = 'failed';
