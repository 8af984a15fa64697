-- For each breaker: may a request go to it now? KEYS: the breakers. ARGV: milliseconds that a probe may take; 0 only looks.
-- Answers for each key 0 (closed), 1 (closed, with failures counted), 2 (this caller is the one probe, or could be it),
-- 3 (open).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answers = {}
for n, key in ipairs(KEYS) do
    local state = redis.call('HMGET', key, 'open_until', 'probe_until', 'fails')
    local open_until, probe_until = tonumber(state[1]), tonumber(state[2])
    if not open_until then
        answers[n] = state[3] and 1 or 0
    elseif now < open_until or (probe_until and now < probe_until) then
        answers[n] = 3
    else
        if tonumber(ARGV[1]) > 0 then
            redis.call('HSET', key, 'probe_until', now + tonumber(ARGV[1]))
        end
        answers[n] = 2
    end
end
return answers
