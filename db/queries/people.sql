-- What is remembered of a person. Every statement runs as the app role and sees one tenant; $1 is that tenant all the same.

-- name: person
-- The contact and those linked to it, the one asked for first, each with all that is known of it.
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
SELECT i.contact_id, c.channel, c.external_id, coalesce(c.name, '') AS name, c.language,
       coalesce(p.consent, 'unknown') AS consent, coalesce(p.opted_out, '{}') AS opted_out, p.forgotten_at,
       (SELECT array_agg(a.account_id ORDER BY a.account_id)
          FROM channel_accounts a
         WHERE a.tenant_id = $1 AND a.channel = c.channel AND a.role = 'customer') AS accounts,
       (SELECT json_agg(json_build_array(w.name, w.value, w.since) ORDER BY w.since)
          FROM preferences w
         WHERE w.tenant_id = $1 AND w.contact_id = i.contact_id) AS preferences,
       (SELECT json_object_agg(h.habit, h.times)
          FROM habits h
         WHERE h.tenant_id = $1 AND h.contact_id = i.contact_id) AS habits
  FROM person i
  LEFT JOIN contacts c ON c.tenant_id = $1 AND c.contact_id = i.contact_id
  LEFT JOIN profiles p ON p.tenant_id = $1 AND p.contact_id = i.contact_id
 ORDER BY i.contact_id <> $2, c.first_seen_at, i.contact_id;

-- name: facts
-- Newest first. $3: those that ended, too.
SELECT fact_id, slot, text, confidence, source, source_seq, since, until
  FROM facts
 WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[]) AND ($3 OR until IS NULL)
 ORDER BY since DESC, fact_id
 LIMIT $4;

-- name: known_streams
SELECT stream_id FROM streams WHERE tenant_id = $1 AND stream_id = ANY ($2::uuid[]);

-- name: summary
SELECT stream_id, upto_seq, text, made_at FROM summaries WHERE tenant_id = $1 AND stream_id = $2;

-- name: find_link
-- Open, asked for on another channel, and looked for by somebody who has not tried too often.
SELECT l.contact_id, l.channel, l.stream_id
  FROM link_codes l
 WHERE l.tenant_id = $1 AND l.code_hash = $3 AND l.contact_id <> $2 AND l.channel <> $4
   AND l.expires_at > clock_timestamp()
   AND NOT EXISTS (SELECT
                     FROM link_tries t
                    WHERE t.tenant_id = $1 AND t.contact_id = $2 AND t.tries >= $5
                      AND t.since > clock_timestamp() - interval '1 hour');

-- name: said_since
-- The oldest first, from after a place in the stream and after a moment.
SELECT seq, n, author, left(text, $6) AS text, at
  FROM messages
 WHERE tenant_id = $1 AND stream_id = $2 AND seq > $3 AND seq <= $4 AND ($7::timestamptz IS NULL OR at > $7)
 ORDER BY seq, n
 LIMIT $5;
