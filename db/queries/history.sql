-- What was said in a conversation. $1 is the tenant.

-- name: recent
-- Up to a place in the stream, so that what a concurrent turn adds is not taken for older than it is.
SELECT author, text, at
  FROM (SELECT author, left(text, $5) AS text, at, seq, n
          FROM messages
         WHERE tenant_id = $1 AND stream_id = $2 AND seq <= $3
         ORDER BY seq DESC, n DESC
         LIMIT $4) AS latest
 ORDER BY seq, n;
