-- What a turn writes besides its messages. The engine role may not read these tables' contents, and `excluded` counts as
-- reading: upserts name their parameters again instead.

-- name: lock
-- Every stream that a finish touches, in order, before it touches any: two turns that write to each other cannot deadlock.
SELECT FROM streams s
  JOIN unnest($1::bigint[], $2::uuid[]) AS i (tenant_id, stream_id) USING (tenant_id, stream_id)
 ORDER BY s.tenant_id, s.stream_id
   FOR UPDATE OF s;

-- name: contact
INSERT INTO contacts (tenant_id, contact_id, channel, external_id, name, username, phone, language, blocked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9::bool THEN clock_timestamp() END)
ON CONFLICT (tenant_id, contact_id) DO UPDATE
   SET name = $5, username = $6, phone = $7, language = $8,
       blocked_at = CASE WHEN $9::bool THEN clock_timestamp() END;

-- name: block_contact
UPDATE contacts SET blocked_at = clock_timestamp() WHERE tenant_id = $1 AND contact_id = $2;

-- name: open_approval
INSERT INTO approvals (tenant_id, approval_id, stream_id, kind, question, reason, contact_name, channel, action,
                       action_hash, expires_at)
VALUES ($1, $2, $3, $8, $4, $5, $6, $7, $9, $10, $11)
ON CONFLICT DO NOTHING;

-- name: decide_approval
UPDATE approvals
   SET status = $4, decided_at = clock_timestamp(), decided_by = $5, decided_text = $6
 WHERE tenant_id = $1 AND approval_id = $2 AND status = $3 AND ($4 <> 'approve' OR expires_at > clock_timestamp())
RETURNING true;

-- name: edit_approval
UPDATE approvals SET action = $3, action_hash = $4, expires_at = $5 WHERE tenant_id = $1 AND approval_id = $2;

-- name: set_mode
UPDATE streams SET mode = $3, holder = $4 WHERE tenant_id = $1 AND stream_id = $2;

-- name: redeem_invite
UPDATE invites
   SET used_at = clock_timestamp()
 WHERE code_hash = $2 AND tenant_id = $1 AND used_at IS NULL AND expires_at > clock_timestamp()
RETURNING role;

-- name: add_member
INSERT INTO members (tenant_id, name, role, account_id, chat, language, desk)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, account_id, chat) DO UPDATE
   SET name = $2, role = $3, language = $6, desk = $7;

-- name: set_budget
INSERT INTO budgets (tenant_id, scope, name, limit_micros, currency, set_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, scope, name) DO UPDATE
   SET limit_micros = $4, currency = $5, set_by = $6, set_at = clock_timestamp();

-- name: drop_budget
DELETE FROM budgets WHERE tenant_id = $1 AND scope = $2 AND name = $3;

-- name: add_to_budget
-- Today where the tenant is.
INSERT INTO budget_extras (tenant_id, day, micros, currency, given_by)
SELECT tenant_id, (clock_timestamp() AT TIME ZONE time_zone)::date, $2, $3, $4 FROM tenants WHERE tenant_id = $1;

-- name: try_unpaid
-- Messages that no budget allowed are tried again at once; `jobs.sender` marks them.
UPDATE outbox
   SET not_before = clock_timestamp()
 WHERE tenant_id = $1 AND status = 'queued' AND NOT is_action AND error LIKE 'budget: %';

-- name: decide_limit
UPDATE budget_alerts
   SET decision = $6, decided_by = $7, decided_at = clock_timestamp()
 WHERE tenant_id = $1 AND currency = $2 AND scope = $3 AND key = $4 AND limit_micros = $5 AND threshold = 100
   AND decision IS NULL
RETURNING true;

-- name: judge_model
-- A verdict that is taken back comes with a negative $4.
INSERT INTO model_outcomes AS o (tenant_id, model, difficulty, good, bad)
VALUES ($1, $2, $3, greatest($4::bigint, 0), $5)
ON CONFLICT (tenant_id, model, difficulty) DO UPDATE SET good = greatest(o.good + $4, 0), bad = o.bad + $5;

-- name: set_timer
INSERT INTO timers (tenant_id, stream_id, name, due_at, payload) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, stream_id, name) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload;

-- name: cancel_timer
DELETE FROM timers WHERE tenant_id = $1 AND stream_id = $2 AND name = $3;

-- name: due_timers
DELETE FROM timers
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM timers WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING tenant_id, stream_id, name, due_at, payload;

-- name: note
INSERT INTO audit (tenant_id, actor, action, details) VALUES ($1, $2, $3, $4);
