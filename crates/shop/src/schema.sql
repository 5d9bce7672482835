-- The CRM's tables, version 1. Money is integer minor units; times are RFC 3339 text in UTC.
CREATE TABLE customers (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    email          TEXT NOT NULL,
    country        TEXT NOT NULL,
    postcode       TEXT NOT NULL,
    postcode_plain TEXT NOT NULL, -- upper case without spaces and hyphens: what the proof pair compares
    customer_since TEXT NOT NULL
) STRICT;

CREATE TABLE orders (
    number       TEXT PRIMARY KEY,
    customer_id  TEXT NOT NULL REFERENCES customers (id),
    currency     TEXT NOT NULL,
    total_minor  INTEGER NOT NULL CHECK (total_minor > 0),
    status       TEXT NOT NULL,
    ordered_at   TEXT NOT NULL,
    delivered_at TEXT,
    payment      TEXT NOT NULL
) STRICT;
CREATE INDEX orders_of_customer ON orders (customer_id, ordered_at);

CREATE TABLE order_lines (
    order_number TEXT NOT NULL REFERENCES orders (number),
    position     INTEGER NOT NULL,
    title        TEXT NOT NULL,
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (order_number, position)
) STRICT;

CREATE TABLE refunds (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    order_number    TEXT NOT NULL REFERENCES orders (number),
    amount_minor    INTEGER NOT NULL CHECK (amount_minor > 0),
    currency        TEXT NOT NULL,
    reason          TEXT NOT NULL,
    note            TEXT NOT NULL,
    recorded_at     TEXT NOT NULL
) STRICT;
CREATE INDEX refunds_of_order ON refunds (order_number);

-- Keys whose refund was settled as "did not happen": no refund may ever use them.
CREATE TABLE claimed_keys (
    idempotency_key TEXT PRIMARY KEY,
    claimed_at      TEXT NOT NULL
) STRICT;

CREATE TABLE notes (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number TEXT NOT NULL REFERENCES orders (number),
    text         TEXT NOT NULL,
    recorded_at  TEXT NOT NULL
) STRICT;
CREATE INDEX notes_of_order ON notes (order_number);
