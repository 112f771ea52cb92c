/*
 * breaker: jobs of one kind, parked while its breaker is not closed (ADR 0016). No parked job is forgotten, and they all end.
 *
 * Two workers of one slot. A worker judges a job by what its advance has read in the same step, tells how attempts ended in a
 * call of its own, which may be lost, and may be killed at any moment. A worker that comes back has a new id.
 */
#ifndef JOBS
#define JOBS 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef FAILURES
#define FAILURES 3 /* attempts that fail; those after them end well */
#endif

/* where a job is */
#define READY 0
#define PARKED 1
#define HELD 2
#define COMPLETED 3

/* the breaker */
#define CLOSED 0
#define OPEN 1
#define HALF_OPEN 2

/* what a worker does with its job */
#define NOTHING 0
#define RUNNING 1
#define TO_PARK 2
#define ENDED_WELL 3
#define FAILED 4

/* ---- Redis ---- */
byte place[JOBS];
byte holder[JOBS]; /* worker id */
byte score[JOBS]; /* claim number */
byte probeOf[JOBS]; /* the half-open time that it probes, while it is held */
byte state, number; /* of the breaker, and of its last change */
bool isCooled, namesList; /* the line of the breaker names the list of parked jobs */
byte prober, probeJob, probeClaim;

/* ---- workers ---- */
byte id[2];
byte nextId = 3, claims;
byte phase[2], job[2], current[2];
byte probed[2]; /* number of the half-open time that its run probes */
byte knownProber[2];
byte tells[2], tellsOf[2]; /* ENDED_WELL or FAILED, and the half-open time it is about */

byte faults = FAULTS, failures = FAILURES;
hidden byte at;

#define isParked (place[0] == PARKED || place[1] == PARKED)
#define isHeld(j, i, n) (place[j] == HELD && holder[j] == i && score[j] == n)
#define isProbeHeld (prober != 0 && isHeld(probeJob, prober, probeClaim))

inline change(to) {
  state = to;
  number++;
  prober = 0; probeJob = 0; probeClaim = 0;
  isCooled = false;
  printf("    the breaker is %d (0 closed, 1 open, 2 half-open), change %d\n", to, number)
}

/* nobody parks in a list that no line names; one place a job is so by construction */
inline isRemembered() { assert(!isParked || namesList) }
/* one probe at a time: of one half-open time. PROBES_NEVER_OVERLAP asks for more than is promised */
#ifdef PROBES_NEVER_OVERLAP
inline oneProbe() { assert(probeOf[0] == 0 || probeOf[1] == 0) }
#else
inline oneProbe() { assert(probeOf[0] == 0 || probeOf[0] != probeOf[1]) }
#endif

inline claim(w, j) {
  claims++;
  place[j] = HELD; holder[j] = id[w]; score[j] = claims;
  job[w] = j; current[w] = claims
}
/* advance: the claim comes with the breakers of the same step */
inline advance(w, j) {
  claim(w, j);
  probed[w] = 0;
#ifdef WITHOUT_BREAKERS_IN_THE_CLAIM
  if :: phase[w] = RUNNING :: phase[w] = TO_PARK fi;
#else
  phase[w] = (state == CLOSED -> RUNNING : TO_PARK);
#endif
  assert(state == CLOSED || phase[w] == TO_PARK); /* nothing starts once a breaker has opened */
  printf("worker %d: advance, job %d\n", w, j)
}
inline forget(w) { phase[w] = NOTHING; job[w] = 0; current[w] = 0; probed[w] = 0 }
/* park: behind those parked before, or back when the breaker has closed meanwhile */
inline park(w) {
  printf("worker %d: park, job %d\n", w, job[w]);
  if
  :: isHeld(job[w], id[w], current[w]) && state != CLOSED ->
    place[job[w]] = PARKED;
#ifndef WITHOUT_NAMED_LISTS
    namesList = true
#endif
  :: isHeld(job[w], id[w], current[w]) && state == CLOSED -> place[job[w]] = READY
  :: else
  fi;
  forget(w)
}

#define isNews(w) (prober != 0 && prober != knownProber[w])
#ifdef WITHOUT_ONE_PROBE
#define waitsForProbe(w) false
#else
#define waitsForProbe(w) (prober == knownProber[w] && isProbeHeld)
#endif
#define mayProbe(w) (phase[w] == NOTHING && state != CLOSED && (state == HALF_OPEN || isCooled) && !waitsForProbe(w))
/* claim-probe: a caller that knows of another prober, or none, hears of the present one and asks again */
inline claimProbe(w) {
  if
  :: isNews(w) -> knownProber[w] = prober; printf("worker %d: claim-probe, hears of another prober\n", w)
  :: else ->
    printf("worker %d: claim-probe\n", w);
    if :: state == OPEN -> change(HALF_OPEN) :: else fi;
    at = (place[0] == PARKED -> 0 : 1);
    claim(w, at);
    probeOf[at] = number;
    prober = id[w]; probeJob = at; probeClaim = claims;
    knownProber[w] = id[w];
    phase[w] = RUNNING;
    probed[w] = number;
    oneProbe()
  fi;
  at = 0
}

/* advance, fail: the settlement; what became of it is told apart */
inline settle(w) {
  printf("worker %d: job %d ends, %d (3 well, 4 failed)\n", w, job[w], phase[w]);
  if
  :: isHeld(job[w], id[w], current[w]) -> probeOf[job[w]] = 0; place[job[w]] = (phase[w] == ENDED_WELL -> COMPLETED : READY)
  :: else
  fi;
  tells[w] = phase[w]; tellsOf[w] = probed[w];
  forget(w)
}
/* count-attempts: opens and closes; the end of a probe counts for its own half-open time only */
inline countAttempts(w) {
  printf("worker %d: count-attempts, %d of half-open time %d\n", w, tells[w], tellsOf[w]);
  if
  :: tellsOf[w] != 0 && state == HALF_OPEN && number == tellsOf[w] && tells[w] == ENDED_WELL -> change(CLOSED)
  :: tellsOf[w] != 0 && state == HALF_OPEN && number == tellsOf[w] && tells[w] == FAILED -> change(OPEN)
  :: tellsOf[w] == 0 && state == CLOSED && tells[w] == FAILED -> change(OPEN)
  :: tellsOf[w] == 0 && state == CLOSED && tells[w] == FAILED -> skip /* not enough of them yet */
  :: else
  fi;
  tells[w] = 0; tellsOf[w] = 0
}

inline kill(w) {
  printf("FAULT worker %d is killed, and comes back as id %d\n", w, nextId);
  forget(w);
  tells[w] = 0; tellsOf[w] = 0; knownProber[w] = 0;
  id[w] = nextId;
  nextId++
}

proctype Worker(byte w) {
  do
  :: atomic { phase[w] == NOTHING && tells[w] == 0 && place[0] == READY -> advance(w, 0); isRemembered() }
  :: atomic { phase[w] == NOTHING && tells[w] == 0 && place[1] == READY -> advance(w, 1); isRemembered() }
  :: atomic { phase[w] == TO_PARK -> park(w); isRemembered() }
  :: atomic { mayProbe(w) && tells[w] == 0 && (isParked || isNews(w)) -> claimProbe(w); isRemembered() }
  /* claim-probe: with nothing to try for a window the breaker closes */
  :: atomic { state != CLOSED && (state == HALF_OPEN || isCooled) && !isProbeHeld && !isParked && phase[w] == NOTHING -> change(CLOSED) }
  :: atomic { phase[w] == RUNNING -> phase[w] = ENDED_WELL }
  :: atomic { phase[w] == RUNNING && failures > 0 -> failures--; phase[w] = FAILED }
  :: atomic { phase[w] >= ENDED_WELL && tells[w] == 0 -> settle(w); isRemembered() }
  :: atomic { tells[w] != 0 -> countAttempts(w) }
  /* FAULT: what it tells is lost */
  :: atomic { tells[w] != 0 && faults > 0 -> faults--; tells[w] = 0; tellsOf[w] = 0; printf("FAULT worker %d: count-attempts is lost\n", w) }
  :: atomic { faults > 0 -> faults--; kill(w) }
  /* unpark: whoever reads of a closed breaker that has a list left */
  :: atomic { state == CLOSED && namesList && place[0] == PARKED -> place[0] = READY; namesList = isParked; printf("unpark: job 0\n"); isRemembered() }
  :: atomic { state == CLOSED && namesList && place[1] == PARKED -> place[1] = READY; namesList = isParked; printf("unpark: job 1\n"); isRemembered() }
  od
}

proctype Redis() {
  do
  /* reap: of a worker that was killed */
  :: atomic { place[0] == HELD && holder[0] != id[0] && holder[0] != id[1] -> place[0] = READY; probeOf[0] = 0; printf("reap: job 0\n") }
  :: atomic { place[1] == HELD && holder[1] != id[0] && holder[1] != id[1] -> place[1] = READY; probeOf[1] = 0; printf("reap: job 1\n") }
  :: atomic { state == OPEN && !isCooled -> isCooled = true; printf("the cooldown is over\n") }
  od
}

init {
  atomic { id[0] = 1; id[1] = 2; run Worker(0); run Worker(1); run Redis() }
  /* nothing can happen any more: all have run to their end */
  timeout -> assert(place[0] == COMPLETED && place[1] == COMPLETED)
}
