-- Payments that their merchant has given up: who did it, and why.
CREATE TABLE cancellations (
    payment_id   BIGINT PRIMARY KEY REFERENCES payments (id),
    actor        TEXT   NOT NULL,
    note         TEXT,
    cancelled_at BIGINT NOT NULL
);

-- Of which projects the operator alone decides about transfers in review.
CREATE TABLE operator_reviews (
    project_id BIGINT PRIMARY KEY REFERENCES projects (id)
);
