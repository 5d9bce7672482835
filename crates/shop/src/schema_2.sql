-- Version 2: addresses, cancellations, delivery slots, and changes that happen at most once per key.
ALTER TABLE customers ADD COLUMN street TEXT NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN city TEXT NOT NULL DEFAULT '';

-- Where the order goes. The postcode is half of the proof pair.
ALTER TABLE orders ADD COLUMN street TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN country TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN postcode_plain TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN cancelled_at TEXT;
ALTER TABLE orders ADD COLUMN cancelled_minor INTEGER NOT NULL DEFAULT 0; -- paid back by the cancellation
ALTER TABLE orders ADD COLUMN delivery_slot TEXT;
CREATE INDEX orders_of_slot ON orders (delivery_slot) WHERE delivery_slot IS NOT NULL;

-- The hours of a week in which parcels are brought, and how much of each is taken by parcels of other shops.
CREATE TABLE delivery_windows (
    weekday   INTEGER NOT NULL, -- as strftime('%w') counts: 0 is Sunday
    from_time TEXT NOT NULL,
    to_time   TEXT NOT NULL,
    capacity  INTEGER NOT NULL CHECK (capacity > 0), -- in each country
    taken     INTEGER NOT NULL,
    PRIMARY KEY (weekday, from_time)
) STRICT;
CREATE TABLE delivery_countries (country TEXT PRIMARY KEY) STRICT;

-- Everything that was changed but for refunds: what was asked and what was answered, by key.
CREATE TABLE changes (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    tool            TEXT NOT NULL,
    order_number    TEXT NOT NULL REFERENCES orders (number),
    arguments       TEXT NOT NULL,
    answer          TEXT NOT NULL,
    recorded_at     TEXT NOT NULL
) STRICT;
