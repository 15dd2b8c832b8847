-- One token's budget for all processes: decides as canvas/client/bucket.py does (change both or
-- neither), and knows in addition who holds a slot, until when.
--
-- KEYS[1]  a hash: what is known of the bucket, `slot:<id>` -> end of its term,
--          `process:<id>` -> when it last asked
-- ARGV     operation, now ('' is the clock of this server), process, highest, then
--            enter  slot
--            leave  slot, entered_at, jitter, 'answered'|'rejected'|'lost', figure, figure
--            drop   slot
--            keep   slot...
-- Answers  {wait_s, '1' if the quota is why, now, number of processes}, all as text

local UP_FRONT, OUTFLOW_PER_S, MOST, FIRST, BLIND = 50, 10, 12, 2, 4
local LEAST_CEILING, MARGIN, PACED = 200, 0.1, 1 / 3
local KNOWN_FOR_S, IDLE_S, ASSUMED_COST, FALL, CALM_ANSWERS = 60, 1, 1, 0.3, 20
local FIRST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_ASKED_S = 5, 16, 600
local NEVER, SOON_S = -1e12, 0.001
local TERM_S, PRESENT_S, EXPIRE_S, CLOCK_SLACK_S = 30, 60, 3600, 1

local operation, process = ARGV[1], ARGV[3]
local highest = math.max(1, math.min(tonumber(ARGV[4]), MOST))

local function clock()
  if ARGV[2] ~= '' then return tonumber(ARGV[2]) end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

local bucket, slots, processes, in_flight

local function begin()
  bucket = {
    limit = math.min(FIRST, highest), room = 0, ceiling = LEAST_CEILING, at = NEVER,
    seen_at = NEVER, paused_until = NEVER, rejected_at = NEVER, pauses = 0, calm = 0,
    held_s = 0.1,
  }
  slots, processes, in_flight = {}, {}, 0
end

local function load()
  begin()
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local name, value = fields[i], tonumber(fields[i + 1])
    if string.sub(name, 1, 5) == 'slot:' then
      slots[string.sub(name, 6)] = value
      in_flight = in_flight + 1
    elseif string.sub(name, 1, 8) == 'process:' then
      processes[string.sub(name, 9)] = value
    else
      bucket[name] = value
    end
  end
end

local function save()
  local fields = {}
  for name, value in pairs(bucket) do
    table.insert(fields, name)
    table.insert(fields, string.format('%.17g', value))
  end
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('EXPIRE', KEYS[1], EXPIRE_S)
end

local function hold(slot, now)
  slots[slot] = now + TERM_S
  redis.call('HSET', KEYS[1], 'slot:' .. slot, string.format('%.17g', slots[slot]))
end

local function free(slot)
  if not slots[slot] then return end
  slots[slot] = nil
  in_flight = in_flight - 1
  bucket.room = bucket.room + UP_FRONT
  redis.call('HDEL', KEYS[1], 'slot:' .. slot)
end

local function leak(now)
  if bucket.at ~= NEVER then
    local leaked = math.max(0, now - bucket.at) * OUTFLOW_PER_S
    bucket.room = math.min(bucket.ceiling, bucket.room + leaked)
  end
  bucket.at = now
end

-- Slots of processes that died: nobody will say what their requests came to.
local function free_abandoned(now)
  for slot, until_ in pairs(slots) do
    if until_ < now then
      free(slot)
      bucket.room = math.min(bucket.room - ASSUMED_COST, bucket.ceiling)
    end
  end
end

local function count_processes(now)
  processes[process] = now
  redis.call('HSET', KEYS[1], 'process:' .. process, string.format('%.17g', now))
  local present = 0
  for id, asked_at in pairs(processes) do
    if now - asked_at <= PRESENT_S then
      present = present + 1
    else
      redis.call('HDEL', KEYS[1], 'process:' .. id)
    end
  end
  return present
end

local function is_known(now) return now - bucket.seen_at <= KNOWN_FOR_S end

local function until_one_leaves()
  return math.min(1, math.max(0.02, bucket.held_s / math.max(1, in_flight)))
end

local function until_room()
  local done = bucket.ceiling - bucket.room - UP_FRONT * in_flight
  local paced_s = (done - PACED * bucket.ceiling) / OUTFLOW_PER_S
  local full_s = (UP_FRONT + MARGIN * bucket.ceiling - bucket.room) / OUTFLOW_PER_S
  if in_flight > 0 then full_s = math.min(full_s, until_one_leaves()) end
  return math.max(paced_s, full_s)
end

local function turn(now)
  if now < bucket.paused_until then return bucket.paused_until - now, true end
  local known = is_known(now)
  if in_flight >= (known and bucket.limit or math.min(bucket.limit, BLIND)) then
    return until_one_leaves(), false
  end
  local wait_s = known and until_room() or 0
  if wait_s > SOON_S then return wait_s, true end
  return 0, false
end

local function enter(now, slot)
  if slots[slot] then return 0, false end -- asked again, because our answer was lost
  local wait_s, tight = turn(now)
  if wait_s == 0 then
    hold(slot, now)
    bucket.room = bucket.room - UP_FRONT
  end
  return wait_s, tight
end

local function sink(now, remaining)
  local idle = bucket.seen_at ~= NEVER and in_flight == 0 and now - bucket.seen_at >= IDLE_S
  if idle and remaining < bucket.room - UP_FRONT then
    bucket.ceiling = bucket.ceiling + FALL * (math.max(remaining, LEAST_CEILING) - bucket.ceiling)
  end
end

local function correct(now, remaining)
  sink(now, remaining)
  bucket.ceiling = math.max(bucket.ceiling, remaining)
  if not is_known(now) then
    bucket.room = remaining
  elseif remaining < bucket.room then
    bucket.room = bucket.room + FALL * (remaining - bucket.room)
  else
    bucket.room = math.max(bucket.room, remaining - UP_FRONT * in_flight)
  end
  bucket.seen_at = now
end

local function calm(now)
  bucket.calm = bucket.calm + 1
  local known = is_known(now)
  local undisturbed = known and now - bucket.rejected_at > KNOWN_FOR_S
  if bucket.calm < (undisturbed and bucket.limit or CALM_ANSWERS) then return end
  bucket.calm, bucket.pauses = 0, 0
  if bucket.limit < (known and highest or math.min(highest, BLIND)) then
    bucket.limit = bucket.limit + 1
  end
end

local function rejected(now, entered_at, jitter, retry_after_s)
  bucket.room = math.min(bucket.room, 0)
  local asked_s = math.min(retry_after_s or 0, LONGEST_ASKED_S)
  if entered_at > bucket.rejected_at then
    bucket.limit = math.max(1, math.floor(bucket.limit / 2))
    local own_s = math.min(FIRST_PAUSE_S * 2 ^ bucket.pauses, LONGEST_PAUSE_S) * (1 + jitter / 4)
    asked_s = math.max(asked_s, own_s)
    bucket.rejected_at = now
    bucket.calm = 0
    bucket.pauses = bucket.pauses + 1
  end
  bucket.paused_until = math.max(bucket.paused_until, now + asked_s)
end

local function leave(now, slot, entered_at, jitter, outcome, first, second)
  free(slot)
  if outcome == 'rejected' then return rejected(now, entered_at, jitter, first) end
  bucket.room = bucket.room - (second or ASSUMED_COST)
  bucket.held_s = bucket.held_s + (now - entered_at - bucket.held_s) / 10
  if outcome == 'answered' then
    if first then correct(now, first) end
    calm(now)
  end
  bucket.room = math.min(bucket.room, bucket.ceiling)
end

load()
local now = clock()
if now < bucket.at - CLOCK_SLACK_S then -- another server took over, and its clock is behind
  redis.call('DEL', KEYS[1])
  begin()
end
now = math.max(now, bucket.at)
leak(now)
free_abandoned(now)
local wait_s, tight = 0, false
if operation == 'enter' then
  wait_s, tight = enter(now, ARGV[5])
elseif operation == 'leave' then
  leave(now, ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8],
    tonumber(ARGV[9]), tonumber(ARGV[10]))
elseif operation == 'drop' then
  free(ARGV[5])
else
  for i = 5, #ARGV do
    if slots[ARGV[i]] then hold(ARGV[i], now) end
  end
end
local present = count_processes(now)
save()
return {
  string.format('%.17g', wait_s), tight and '1' or '0',
  string.format('%.17g', now), tostring(present),
}
