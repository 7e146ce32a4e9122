-- Of the attempt that a gateway makes, where several share a database. A file has one gateway, so that
-- these stay empty here.
ALTER TABLE webhook_events ADD COLUMN lease INTEGER;
ALTER TABLE webhook_events ADD COLUMN leased_until INTEGER;

-- What an audit has to know that begins anew: when a balance was last found that does not add up with
-- this one, whether a receipt proves a transfer, once that was looked up, and when a comparison that has
-- not come to its end kept others from theirs, since the last one that has.
ALTER TABLE balances ADD COLUMN suspected_at INTEGER;
ALTER TABLE transfers ADD COLUMN proven INTEGER CHECK (proven IN (0, 1));
ALTER TABLE addresses ADD COLUMN stopped_at INTEGER;
