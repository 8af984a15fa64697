-- A request failed. KEYS[1]: the breaker. ARGV: failures in a row that open it, first pause, longest pause, memory (ms).
-- Answers the milliseconds for which it is open now, 0 while it is closed.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key = KEYS[1]
local open_until = tonumber(redis.call('HGET', key, 'open_until'))
if open_until and now < open_until then
    return open_until - now -- a request that was under way when it opened says nothing new
end
local fails = redis.call('HINCRBY', key, 'fails', 1)
redis.call('PEXPIRE', key, ARGV[4])
if not open_until and fails < tonumber(ARGV[1]) then
    return 0
end
local times = redis.call('HINCRBY', key, 'times', 1)
local pause = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(times - 1, 20))
redis.call('HSET', key, 'open_until', now + pause)
redis.call('HDEL', key, 'probe_until')
redis.call('PEXPIRE', key, tonumber(ARGV[4]) + pause)
return pause
