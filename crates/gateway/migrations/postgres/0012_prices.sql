-- The currencies in which a project may price, besides USDT.
CREATE TABLE project_currencies (
    project_id BIGINT NOT NULL REFERENCES projects (id),
    currency   TEXT NOT NULL,
    PRIMARY KEY (project_id, currency)
);

-- The price in another currency that a payment was created for, and what it was reckoned with: the price in
-- millionths, the rate in units of 10^-12 USDT, the margin in hundredths of a percent.
CREATE TABLE payment_prices (
    payment_id BIGINT PRIMARY KEY REFERENCES payments (id),
    currency   TEXT NOT NULL,
    price      BIGINT NOT NULL,
    rate       BIGINT NOT NULL,
    margin     BIGINT NOT NULL,
    rated_at   BIGINT NOT NULL
);
