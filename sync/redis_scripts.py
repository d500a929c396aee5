"""The steps that run on the Redis server as one: scripts in Lua, which no other node comes between.

Keys and arguments are those that `redis_store.py` gives. A script that writes a session answers 0 when the session has
another owner, and -1 when it was ended.
"""

TAKE = """
local now = redis.call('GET', KEYS[1])
if ARGV[4] == '0' and now and now ~= ARGV[1] then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[3])
return fence
"""
RENEW = """
if redis.call('GET', KEYS[2]) ~= ARGV[3] then return redis.call('EXISTS', KEYS[3]) == 1 and -1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RELEASE = """
if redis.call('GET', KEYS[2]) == ARGV[2] and redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""
SAVE = """
local fence = redis.call('GET', KEYS[2])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return redis.call('EXISTS', KEYS[3]) == 1 and -1 or 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[4])
return 1
"""
ADOPT = """
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if fence ~= tonumber(ARGV[1]) then return redis.call('EXISTS', KEYS[4]) == 1 and -1 or 0 end
if fence == 0 or ARGV[5] == '' or redis.call('GET', KEYS[3]) ~= ARGV[5] then fence = fence + 1 end
redis.call('SET', KEYS[2], fence, 'PX', ARGV[4])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5], 'PX', ARGV[6]) end
return fence
"""
END = """
local there = redis.call('DEL', KEYS[1]) + redis.call('DEL', KEYS[2])
local fence = 0
if redis.call('EXISTS', KEYS[3]) == 1 then
  fence = redis.call('INCR', KEYS[3])
  redis.call('SET', KEYS[4], 1, 'PX', ARGV[1])
end
return {there, fence}
"""
PULL = """
local text = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
return text
"""
COUNT = """
local number = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return number
"""
