-- Retention drops turns by their age, which the engine role could not see.
GRANT SELECT (finished_at) ON turns TO steward_engine;
CREATE INDEX turns_finished ON turns USING brin (finished_at);
