#!lua
-- probe: no move
-- Asks whether Redis would take an enqueue: a script without flags is refused in the same words as one that writes
-- (OOM, READONLY, MISCONF, NOREPLICAS). It writes nothing.
--
-- KEYS[1] control  HASH
-- RETURNS writable
-- ATOMICITY writes nothing
return 'writable'
