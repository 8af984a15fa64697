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

-- name: told
-- Of several conversations ($2) what came after a place in each ($3) and not after another ($4): the newest so many, in
-- the order in which they were said. Within a conversation a clock that went back changes nothing.
SELECT stream_id, seq, n, author, text, at
  FROM (SELECT m.stream_id, m.seq, m.n, m.author, left(m.text, $6) AS text, m.at,
               max(m.at) OVER (PARTITION BY m.stream_id ORDER BY m.seq, m.n) AS reached
          FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS place (stream_id, after, upto)
          JOIN messages m ON m.tenant_id = $1 AND m.stream_id = place.stream_id AND m.seq > place.after
                         AND m.seq <= place.upto
         WHERE m.text <> '' AND ($5::timestamptz IS NULL OR m.at >= $5)
         ORDER BY reached DESC, m.stream_id DESC, m.seq DESC, m.n DESC
         LIMIT $7) AS newest
 ORDER BY reached, stream_id, seq, n;

-- name: said
-- Messages by their places.
SELECT m.stream_id, m.seq, m.n, m.author, left(m.text, $5) AS text, m.at
  FROM unnest($2::uuid[], $3::bigint[], $4::smallint[]) AS place (stream_id, seq, n)
  JOIN messages m ON m.tenant_id = $1 AND m.stream_id = place.stream_id AND m.seq = place.seq AND m.n = place.n;
