-- Messages that WhatsApp numbers sent in a calendar month. $1 is the tenant, $2 the number's account.

-- name: count
-- Returns how many there were before: two senders never get the same place in the free allowance.
INSERT INTO whatsapp_messages AS w (tenant_id, account_id, month, category, sent)
VALUES ($1, $2, date_trunc('month', $3::date)::date, $4, 1)
ON CONFLICT (tenant_id, account_id, month, category) DO UPDATE SET sent = w.sent + 1
RETURNING sent - 1;

-- name: take_back
UPDATE whatsapp_messages
   SET sent = sent - 1
 WHERE tenant_id = $1 AND account_id = $2 AND month = date_trunc('month', $3::date)::date AND category = $4 AND sent > 0;

-- name: sent
SELECT category, sent
  FROM whatsapp_messages
 WHERE tenant_id = $1 AND account_id = $2 AND month = date_trunc('month', $3::date)::date;
