-- By which a payment finds its transfers.
-- Whoever writes to the table waits meanwhile, about a second for a million rows: so it is one index at a time.
CREATE INDEX transfers_payment ON transfers (payment_id) WHERE payment_id IS NOT NULL;
