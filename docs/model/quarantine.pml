/*
 * quarantine: who is convicted when processes die (rules 18 to 21).
 *
 * Two worker processes of two slots. Job 0 kills its process whenever it runs; job 1 is innocent; job 2 ends well and leaves a
 * timer behind that may kill its process later. SIGKILL from outside hits any process, KILLS times.
 */
#ifndef KILLS
#define KILLS 2
#endif
#define MOST_SOLO_CRASHES 3 /* worker.max_crashes */

#define CULPRIT 0
#define INNOCENT 1
#define LITTERER 2

/* where a job is: in a process (IN + its number), alone in a fresh one (ALONE + the number of its parent), or in Redis */
#define READY 0
#define QUARANTINE 1
#define COMPLETED 2
#define DEAD 3
#define IN 4
#define ALONE 6

byte place[3];
byte crashes[3];
byte soloCrashes[3];
bool hasTimer[2]; /* of job 2, in this process */
byte kills = KILLS;
hidden byte job;

#define count(w) ((place[0] == IN + w) + (place[1] == IN + w) + (place[2] == IN + w))
#define isAlone(j, w) (place[j] == ALONE + w)
#define runsAlone(w) (isAlone(0, w) || isAlone(1, w) || isAlone(2, w))

inline convict(j) { place[j] = DEAD; printf("job %d is dead: worker-lost\n", j) }

/* reap: each job of a lost worker counts a crash; from two on it runs alone (rule 18) */
inline die(w) {
  for (job : 0 .. 2) {
    if
    :: place[job] == IN + w ->
      crashes[job]++;
      if
      :: crashes[job] < 2 -> place[job] = READY
      :: else -> place[job] = QUARANTINE
      fi
    :: else
    fi
  }
  job = 0;
  hasTimer[w] = false
}

#ifdef WITHOUT_RULE_18
#define evidence(j) (crashes[j] + soloCrashes[j]) /* crashes in company are evidence too */
#else
#define evidence(j) soloCrashes[j]
#endif

/* end-solo, reap: only an exit of its own convicts at once (rule 20); reap, when nobody saw the end */
inline dieAlone(j, isFromOutside) {
  soloCrashes[j]++;
  if
#ifndef WITHOUT_RULE_20
  :: isFromOutside && evidence(j) < MOST_SOLO_CRASHES -> place[j] = QUARANTINE
#endif
  :: else -> convict(j)
  fi
}

/* a normal end clears the crashes */
inline complete(j) { place[j] = COMPLETED; crashes[j] = 0; soloCrashes[j] = 0; printf("job %d ends well\n", j) }

inline timer(w) {
#ifdef WITHOUT_RULE_19
  for (job : 0 .. 2) { if :: isAlone(job, w) -> dieAlone(job, false) :: else fi }
  job = 0;
#endif
  die(w)
}

proctype Worker(byte w) {
  do
  /* advance */
  :: atomic { place[0] == READY && count(w) < 2 -> place[0] = IN + w; printf("process %d runs job 0\n", w) }
  :: atomic { place[1] == READY && count(w) < 2 -> place[1] = IN + w; printf("process %d runs job 1\n", w) }
  :: atomic { place[2] == READY && count(w) < 2 -> place[2] = IN + w; printf("process %d runs job 2\n", w) }
  :: atomic { place[INNOCENT] == IN + w -> complete(INNOCENT) }
  :: atomic { place[LITTERER] == IN + w -> complete(LITTERER); hasTimer[w] = true }

  /* claim-quarantined: one at a time beside the slots (rule 22), in a fresh process (rule 19) */
#ifdef WITHOUT_RULE_19
  /* in this process, as soon as nothing else runs in it */
  :: atomic { place[0] == QUARANTINE && count(w) == 0 && !runsAlone(w) -> place[0] = ALONE + w; printf("process %d runs job 0 alone\n", w) }
  :: atomic { place[1] == QUARANTINE && count(w) == 0 && !runsAlone(w) -> place[1] = ALONE + w; printf("process %d runs job 1 alone\n", w) }
  :: atomic { place[2] == QUARANTINE && count(w) == 0 && !runsAlone(w) -> place[2] = ALONE + w; printf("process %d runs job 2 alone\n", w) }
#else
  :: atomic { place[0] == QUARANTINE && !runsAlone(w) -> place[0] = ALONE + w; printf("process %d runs job 0 alone\n", w) }
  :: atomic { place[1] == QUARANTINE && !runsAlone(w) -> place[1] = ALONE + w; printf("process %d runs job 1 alone\n", w) }
  :: atomic { place[2] == QUARANTINE && !runsAlone(w) -> place[2] = ALONE + w; printf("process %d runs job 2 alone\n", w) }
#endif
  :: atomic { isAlone(INNOCENT, w) -> complete(INNOCENT) }
  :: atomic { isAlone(LITTERER, w) -> complete(LITTERER) }

  /* processes die */
  :: atomic { place[CULPRIT] == IN + w -> printf("job 0 kills process %d\n", w); die(w) }
  :: atomic { isAlone(CULPRIT, w) -> printf("job 0 kills its process, alone\n"); dieAlone(CULPRIT, false) }
  :: atomic { hasTimer[w] -> printf("a timer of job 2 kills process %d\n", w); timer(w) }
  :: atomic { kills > 0 && count(w) > 0 -> kills--; printf("FAULT SIGKILL hits process %d\n", w); die(w) }
  :: atomic { kills > 0 && isAlone(0, w) -> kills--; printf("FAULT SIGKILL hits the process of job 0\n"); dieAlone(0, true) }
  :: atomic { kills > 0 && isAlone(1, w) -> kills--; printf("FAULT SIGKILL hits the process of job 1\n"); dieAlone(1, true) }
  :: atomic { kills > 0 && isAlone(2, w) -> kills--; printf("FAULT SIGKILL hits the process of job 2\n"); dieAlone(2, true) }

  /* rule 21: no neighbour, living or ended, makes a job dead */
  :: atomic { place[INNOCENT] == DEAD || place[LITTERER] == DEAD -> assert(false) }
  od
}

#define hasEnded(j) (place[j] == COMPLETED || place[j] == DEAD)
init {
  atomic { run Worker(0); run Worker(1) }
  /* nothing can happen any more: every job has come to its end, and the culprit to its own */
  timeout -> assert(place[CULPRIT] == DEAD && hasEnded(INNOCENT) && hasEnded(LITTERER))
}
