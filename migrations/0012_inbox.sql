-- What waits for a person, in the order in which a desk lists it: a page costs what is on it, however much waits.

ALTER TABLE approvals
    -- Null once it is decided.
    ADD COLUMN box text GENERATED ALWAYS AS (
        CASE WHEN status = 'take_over' THEN 'held'
             WHEN status = 'pending' AND kind = 'action' THEN 'action'
             WHEN status = 'pending' THEN 'question' END) STORED,
    -- 0 comes first: what has a deadline, somebody who is upset or asked for a person.
    ADD COLUMN urgency smallint GENERATED ALWAYS AS (
        CASE WHEN status = 'take_over' THEN 2
             WHEN kind = 'action' OR reason IN ('upset', 'asked_for_person', 'risk') THEN 0
             ELSE 1 END) STORED;

CREATE INDEX approvals_inbox ON approvals (tenant_id, box, urgency, created_at, approval_id)
    INCLUDE (snoozed_until, expires_at) WHERE box IS NOT NULL;
CREATE INDEX approvals_snoozed ON approvals (tenant_id, snoozed_until) WHERE box IS NOT NULL AND snoozed_until IS NOT NULL;
