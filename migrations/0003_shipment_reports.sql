-- Carriers repeat webhooks and send them out of order: an event older than the latest one known must not win.
ALTER TABLE shipments ADD COLUMN reported_at timestamptz; -- when what the carrier reported last occurred
