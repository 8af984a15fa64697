-- What a turn writes about a person. The engine role may not read what is known: what is the same, and what ends, is found
-- by the hash of the value. `person` is the contact with those linked to it.

-- name: lock_person
-- Two linked chats may learn at once; what contradicts each other must not stand side by side.
SELECT pg_advisory_xact_lock(hashtextextended(
    coalesce((SELECT l.person_id FROM contact_links l WHERE l.tenant_id = $1 AND l.contact_id = $2), $2)::text, $1));

-- name: learn_fact
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
), added AS (
    INSERT INTO facts (tenant_id, contact_id, slot, text, key, confidence, source, source_seq, since)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
     WHERE NOT EXISTS (SELECT
                         FROM profiles p
                         JOIN person i USING (contact_id)
                        WHERE p.tenant_id = $1 AND (p.consent = 'withdrawn' OR p.forgotten_at >= $9))
       -- Known already, ended after it was said, or overtaken by what was said later.
       AND NOT EXISTS (SELECT
                         FROM facts f
                         JOIN person i USING (contact_id)
                        WHERE f.tenant_id = $1 AND f.slot = $3
                          AND (f.key = $5 AND (f.until IS NULL OR f.until > $9)
                               OR $10::bool AND f.until IS NULL AND f.since > $9))
       AND (SELECT count(*)
              FROM facts f
             WHERE f.tenant_id = $1 AND f.contact_id = $2 AND f.until IS NULL) < $12::int
    RETURNING fact_id
)
UPDATE facts f
   SET until = $9, ended_by = a.fact_id
  FROM added a, person i
 WHERE f.tenant_id = $1 AND f.contact_id = i.contact_id AND f.until IS NULL AND f.slot = $3
   AND ($10 OR f.key = ANY ($11::bytea[]));

-- name: end_facts
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
UPDATE facts f
   SET until = $5
  FROM person i
 WHERE f.tenant_id = $1 AND f.contact_id = i.contact_id AND f.until IS NULL AND f.since <= $5 AND f.slot = $3
   AND ($4::bytea[] = '{}' OR f.key = ANY ($4));

-- name: forget
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
), no_facts AS (
    DELETE FROM facts f USING person i WHERE f.tenant_id = $1 AND f.contact_id = i.contact_id
), no_preferences AS (
    DELETE FROM preferences w USING person i WHERE w.tenant_id = $1 AND w.contact_id = i.contact_id
), no_habits AS (
    DELETE FROM habits h USING person i WHERE h.tenant_id = $1 AND h.contact_id = i.contact_id
), no_summaries AS (
    DELETE FROM summaries s USING person i WHERE s.tenant_id = $1 AND s.contact_id = i.contact_id
), no_examples AS (
    DELETE FROM training_examples e USING person i WHERE e.tenant_id = $1 AND e.contact_id = i.contact_id
), no_notes AS (
    -- What members noted about it: of this conversation ($4), and of this person's others that have a summary.
    DELETE FROM notes n
     WHERE n.tenant_id = $1
       AND (n.stream_id = $4
            OR n.stream_id IN (SELECT s.stream_id FROM summaries s JOIN person i USING (contact_id) WHERE s.tenant_id = $1))
), no_titles AS (
    -- A title is in the customer's words. An open case still needs its own.
    UPDATE cases c
       SET title = ''
      FROM person i
     WHERE c.tenant_id = $1 AND c.contact_id = i.contact_id AND c.closed_at IS NOT NULL
)
INSERT INTO profiles (tenant_id, contact_id, forgotten_at)
SELECT $1, contact_id, $3 FROM person ORDER BY contact_id
ON CONFLICT (tenant_id, contact_id) DO UPDATE SET forgotten_at = $3;

-- name: forget_facts
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
DELETE FROM facts f
 USING person i, unnest($3::text[], $4::bytea[]) AS n (slot, key)
 WHERE f.tenant_id = $1 AND f.contact_id = i.contact_id AND f.slot = n.slot AND f.key = n.key;

-- name: set_consent
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
INSERT INTO profiles (tenant_id, contact_id, consent)
SELECT $1, contact_id, $3 FROM person ORDER BY contact_id
ON CONFLICT (tenant_id, contact_id) DO UPDATE SET consent = $3;

-- name: set_opt_out
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
INSERT INTO profiles AS p (tenant_id, contact_id, opted_out)
SELECT $1, contact_id, CASE WHEN $4::bool THEN $3::text[] ELSE '{}' END FROM person ORDER BY contact_id
ON CONFLICT (tenant_id, contact_id) DO UPDATE
   SET opted_out = ARRAY(SELECT unnest(p.opted_out) EXCEPT SELECT unnest($3)
                          UNION SELECT unnest($3) WHERE $4
                          ORDER BY 1);

-- name: set_preference
INSERT INTO preferences (tenant_id, contact_id, name, value, since)
SELECT $1, $2, $3, $4, $5
 WHERE NOT EXISTS (SELECT
                     FROM profiles p
                    WHERE p.tenant_id = $1 AND p.contact_id = $2
                      AND (p.consent = 'withdrawn' OR p.forgotten_at >= $5))
ON CONFLICT (tenant_id, contact_id, name) DO UPDATE SET value = $4, since = $5;

-- name: drop_preference
WITH person AS (
    SELECT $2::uuid AS contact_id
     UNION
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
)
DELETE FROM preferences w USING person i WHERE w.tenant_id = $1 AND w.contact_id = i.contact_id AND w.name = $3;

-- name: count_habits
INSERT INTO habits AS h (tenant_id, contact_id, habit, times)
SELECT $1, $2, n.habit, n.times
  FROM unnest($3::text[], $4::bigint[]) AS n (habit, times)
 WHERE NOT EXISTS (SELECT
                     FROM profiles p
                    WHERE p.tenant_id = $1 AND p.contact_id = $2
                      AND (p.consent = 'withdrawn' OR p.forgotten_at >= $5))
 ORDER BY n.habit
ON CONFLICT (tenant_id, contact_id, habit) DO UPDATE
   SET times = h.times + ($4::bigint[])[array_position($3::text[], h.habit)];

-- name: drop_expired_codes
DELETE FROM link_codes WHERE tenant_id = $1 AND expires_at <= clock_timestamp();

-- name: open_link_code
INSERT INTO link_codes (tenant_id, contact_id, channel, stream_id, code_hash, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, contact_id) DO UPDATE SET channel = $3, stream_id = $4, code_hash = $5, expires_at = $6;

-- name: redeem_code
-- Once: the row is gone with it.
DELETE FROM link_codes
 WHERE tenant_id = $1 AND contact_id = $4 AND code_hash = $3 AND contact_id <> $2 AND expires_at > clock_timestamp()
   AND NOT EXISTS (SELECT
                     FROM link_tries t
                    WHERE t.tenant_id = $1 AND t.contact_id = $2 AND t.tries >= $5
                      AND t.since > clock_timestamp() - interval '1 hour')
RETURNING true;

-- name: make_persons
-- A person of its own for each of the two that has none yet.
INSERT INTO contact_links (tenant_id, contact_id, person_id)
SELECT $1, contact_id, gen_random_uuid() FROM unnest($2::uuid[]) AS c (contact_id) ORDER BY contact_id
ON CONFLICT DO NOTHING;

-- name: join_persons
-- All that were linked to the second are now with the first.
UPDATE contact_links l
   SET person_id = a.person_id, linked_at = clock_timestamp()
  FROM contact_links a, contact_links b
 WHERE a.tenant_id = $1 AND a.contact_id = $2 AND b.tenant_id = $1 AND b.contact_id = $3
   AND l.tenant_id = $1 AND l.person_id = b.person_id;

-- name: join_permissions
-- Who withdrew consent, opted out or asked to be forgotten did so as a person: the stricter of the two holds for both.
WITH person AS (
    SELECT o.contact_id
      FROM contact_links m
      JOIN contact_links o ON o.tenant_id = m.tenant_id AND o.person_id = m.person_id
     WHERE m.tenant_id = $1 AND m.contact_id = $2
), strictest AS (
    SELECT CASE WHEN bool_or(p.consent = 'withdrawn') THEN 'withdrawn'
                WHEN bool_or(p.consent = 'given') THEN 'given' ELSE 'unknown' END AS consent,
           ARRAY(SELECT DISTINCT unnest(q.opted_out)
                   FROM profiles q
                   JOIN person USING (contact_id)
                  WHERE q.tenant_id = $1
                  ORDER BY 1) AS opted_out
      FROM profiles p
      JOIN person USING (contact_id)
     WHERE p.tenant_id = $1
)
INSERT INTO profiles AS p (tenant_id, contact_id, consent, opted_out)
SELECT $1, i.contact_id, s.consent, s.opted_out FROM person i, strictest s ORDER BY i.contact_id
ON CONFLICT (tenant_id, contact_id) DO UPDATE SET consent = excluded.consent, opted_out = excluded.opted_out;

-- name: count_try
INSERT INTO link_tries AS t (tenant_id, contact_id, since, tries) VALUES ($1, $2, clock_timestamp(), 1)
ON CONFLICT (tenant_id, contact_id) DO UPDATE
   SET since = CASE WHEN t.since > clock_timestamp() - interval '1 hour' THEN t.since ELSE clock_timestamp() END,
       tries = CASE WHEN t.since > clock_timestamp() - interval '1 hour' THEN least(t.tries + 1, 1000) ELSE 1 END;

-- name: unlink
DELETE FROM contact_links WHERE tenant_id = $1 AND contact_id = $2;

-- name: save_summary
INSERT INTO summaries AS s (tenant_id, stream_id, contact_id, upto_seq, text, made_at)
SELECT $1, $2, $3, $4, $5, clock_timestamp()
 WHERE NOT EXISTS (SELECT
                     FROM profiles p
                    WHERE p.tenant_id = $1 AND p.contact_id = $3
                      AND (p.consent = 'withdrawn' OR p.forgotten_at >= $6))
ON CONFLICT (tenant_id, stream_id) DO UPDATE
   SET contact_id = $3, upto_seq = $4, text = $5, made_at = clock_timestamp()
 WHERE s.upto_seq < $4;
