/*
 * wake: tokens (rules 23 to 27). No claimable job waits while a worker that serves its queue is idle.
 *
 * Two queues, three workers: worker 0 serves both and has two slots, worker 1 serves queue 0, worker 2 queue 1, with one slot
 * each. Time is counted in ticks; scripts and the delivery of tokens take none, handlers last as long as they like. BLOCK
 * stands for the 5 s of rule 27. A token that is lost with its taker may cost one BLOCK; nothing else may cost a tick.
 */
#ifndef JOBS
#define JOBS 4
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef PAUSES
#define PAUSES 0 /* of queues, and drains of workers */
#endif
#ifndef FAILURES
#define FAILURES 0
#endif
#define BLOCK 3
#define FAR 2 /* ticks to the latest due time */

/* ---- Redis, by queue ---- */
byte ready[2];
byte due[2 * (FAR + 1)]; /* scheduled jobs of a queue by the ticks that are left */
bool wake[2], timer[2], isPaused[2];

/* ---- workers ---- */
#define UP 0
#define DOWN 1
#define DRAINING 2
#define GONE 3
byte worker[3];
byte running[6]; /* by worker and queue */
bool hasToken[3]; /* a wait has ended, or something has: an advance must follow (rule 25) */
bool isEmpty[3]; /* the last advance brought less than was asked for */
bool isWaiting[3]; /* BLPOP */
byte waitsFor[3]; /* ticks until it ends by itself */

byte jobs = JOBS, crashes = CRASHES, pauses = PAUSES, failures = FAILURES;
byte age[2]; /* ticks that a job of the queue has waited beside an idle worker */
bool hasCrashed;
hidden byte wanted, count, next, q, at;

#define serves(w, q) (w == 0 || q == w - 1)
#define slots(w) (w == 0 -> 2 : 1)
#define runs(w) (running[2 * w] + running[2 * w + 1])
#define isFree(w) (worker[w] == UP && runs(w) < slots(w))
#define isClaimable(q) (ready[q] > 0 && !isPaused[q])
/* rule 24: nothing for a paused queue, else a token and its taker would run in circles */
#ifdef WITHOUT_PAUSES
#define hasWorkFor(q) (ready[q] > 0)
#else
#define hasWorkFor(q) isClaimable(q)
#endif
#define isScheduled(q) (due[3 * q] + due[3 * q + 1] + due[3 * q + 2] > 0)
#define mustAdvance(w) ((worker[w] == UP || worker[w] == DRAINING) && (hasToken[w] || (isFree(w) && !isEmpty[w])))
#define mayTake(w) (isWaiting[w] && ((serves(w, 0) && (wake[0] || timer[0])) || (serves(w, 1) && (wake[1] || timer[1]))))
#define isUrgent(w) (mustAdvance(w) || mayTake(w) || (isWaiting[w] && waitsFor[w] == 0))

/* rule 24: a token for each queue that it serves and that still has work, claimed from or not */
#ifdef WITHOUT_RULE_24
#define leavesWake(w, q) (serves(w, q) && isClaimable(q) && count > 0)
#else
#define leavesWake(w, q) (serves(w, q) && hasWorkFor(q))
#endif
/* rule 26: who knew the next due time and does not listen any more hands it on */
#ifdef WITHOUT_RULE_26
#define leavesTimer(w, q) false
#else
#define leavesTimer(w, q) (serves(w, q) && isScheduled(q) && count >= wanted)
#endif

inline promote(w, q) {
  if
  :: serves(w, q) && due[3 * q] > 0 -> printf("    queue %d: %d jobs were due\n", q, due[3 * q]); ready[q] = ready[q] + due[3 * q]; due[3 * q] = 0
  :: else
  fi
}
inline claim(w, q) { ready[q]--; running[2 * w + q]++; count++; printf("    worker %d claims from queue %d\n", w, q) }
inline learn(w, q) {
  if
  :: serves(w, q) && due[3 * q + 1] > 0 && next > 1 -> next = 1
  :: serves(w, q) && due[3 * q + 1] == 0 && due[3 * q + 2] > 0 && next > 2 -> next = 2
  :: else
  fi
}

/* advance: promotes, claims half of its slots at most, leaves tokens */
inline advance(w) {
  printf("worker %d: advance\n", w);
  promote(w, 0); promote(w, 1);
  count = 0;
  wanted = isFree(w);
  if
  :: wanted > 0 && serves(w, 0) && isClaimable(0) -> claim(w, 0)
  :: wanted > 0 && serves(w, 1) && isClaimable(1) -> claim(w, 1)
  :: else
  fi;
  if :: leavesWake(w, 0) -> wake[0] = true :: else fi;
  if :: leavesWake(w, 1) -> wake[1] = true :: else fi;
  if :: leavesTimer(w, 0) -> timer[0] = true :: else fi;
  if :: leavesTimer(w, 1) -> timer[1] = true :: else fi;
  hasToken[w] = false;
  isEmpty[w] = count < wanted;
  /* rule 27: wait until the next one is due. A wait that is already out keeps its own end */
  next = BLOCK;
#ifndef WITHOUT_RULE_27
  learn(w, 0); learn(w, 1);
#endif
  if :: isEmpty[w] && isFree(w) && !isWaiting[w] -> isWaiting[w] = true; waitsFor[w] = next; printf("    worker %d waits for %d ticks\n", w, next) :: else fi;
  wanted = 0; count = 0; next = 0
}

inline endWait(w) {
  isWaiting[w] = false;
  waitsFor[w] = 0;
#ifdef WITHOUT_RULE_25
  if :: isFree(w) -> hasToken[w] = true; isEmpty[w] = false :: else fi
#else
  hasToken[w] = true;
  isEmpty[w] = false
#endif
}

/* reap, release, leave: a job goes back to the front, with a token (rule 23) */
inline giveBack(w, q) {
  running[2 * w + q]--;
  ready[q]++;
#ifndef WITHOUT_RULE_23
  if :: !isPaused[q] -> wake[q] = true :: else fi
#endif
}

/* fail, enqueue: a timer token for what comes before all others (rule 26) */
inline schedule(q, ticks) {
  if
  :: due[3 * q] == 0 && due[3 * q + 1] == 0 && (ticks == 1 || due[3 * q + 2] == 0) -> timer[q] = true
  :: else
  fi;
  due[3 * q + ticks]++
}

inline leave(w) {
  printf("worker %d leaves\n", w);
  do
  :: running[2 * w] > 0 -> giveBack(w, 0)
  :: running[2 * w + 1] > 0 -> giveBack(w, 1)
  :: runs(w) == 0 -> break
  od;
  worker[w] = GONE;
  isEmpty[w] = false;
  if :: serves(w, 0) && isClaimable(0) -> wake[0] = true :: else fi;
  if :: serves(w, 1) && isClaimable(1) -> wake[1] = true :: else fi;
  if :: serves(w, 0) && isScheduled(0) -> timer[0] = true :: else fi;
  if :: serves(w, 1) && isScheduled(1) -> timer[1] = true :: else fi
}

proctype Worker(byte w) {
  do
  :: atomic { mustAdvance(w) -> advance(w) }
  /* BLPOP gives it a token */
  :: atomic { isWaiting[w] && serves(w, 0) && wake[0] -> wake[0] = false; printf("worker %d takes the token of queue 0\n", w); endWait(w) }
  :: atomic { isWaiting[w] && serves(w, 1) && wake[1] -> wake[1] = false; printf("worker %d takes the token of queue 1\n", w); endWait(w) }
  :: atomic { isWaiting[w] && serves(w, 0) && timer[0] -> timer[0] = false; printf("worker %d takes the timer token of queue 0\n", w); endWait(w) }
  :: atomic { isWaiting[w] && serves(w, 1) && timer[1] -> timer[1] = false; printf("worker %d takes the timer token of queue 1\n", w); endWait(w) }
  :: atomic { isWaiting[w] && waitsFor[w] == 0 && !mayTake(w) -> printf("worker %d: its wait is over\n", w); endWait(w) }
  /* a handler ends well: the ack travels with the next advance */
  :: atomic { worker[w] != DOWN && worker[w] != GONE && running[2 * w] > 0 && !hasToken[w] -> running[2 * w]--; hasToken[w] = true; printf("worker %d: a job of queue 0 ends\n", w) }
  :: atomic { worker[w] != DOWN && worker[w] != GONE && running[2 * w + 1] > 0 && !hasToken[w] -> running[2 * w + 1]--; hasToken[w] = true; printf("worker %d: a job of queue 1 ends\n", w) }
  /* fail */
  :: atomic { failures > 0 && worker[w] == UP && running[2 * w] > 0 -> failures--; running[2 * w]--; schedule(0, 1); printf("worker %d: a job of queue 0 fails\n", w) }
  :: atomic { failures > 0 && worker[w] == UP && running[2 * w + 1] > 0 -> failures--; running[2 * w + 1]--; schedule(1, 1); printf("worker %d: a job of queue 1 fails\n", w) }
  /* SIGTERM: its wait is closed; whatever that took, an advance follows (rule 25) */
  :: atomic { pauses > 0 && worker[w] == UP -> pauses--; worker[w] = DRAINING; printf("worker %d drains\n", w); endWait(w) }
  /* leave: what it holds goes back, and tokens for all that it knew of */
  :: atomic { worker[w] == DRAINING && !hasToken[w] -> leave(w) }
  /* FAULT: it is killed. reap: its jobs go back */
  :: atomic { crashes > 0 && worker[w] == UP -> crashes--; hasCrashed = true; worker[w] = DOWN; isWaiting[w] = false; waitsFor[w] = 0; hasToken[w] = false; isEmpty[w] = false; printf("FAULT worker %d is killed\n", w) }
  :: atomic { worker[w] == DOWN && running[2 * w] > 0 -> printf("reap: queue 0\n"); giveBack(w, 0) }
  :: atomic { worker[w] == DOWN && running[2 * w + 1] > 0 -> printf("reap: queue 1\n"); giveBack(w, 1) }
  od
}

inline resume(q) {
#ifndef WITHOUT_RULE_23
  if :: ready[q] > 0 -> wake[q] = true :: else fi;
#endif
  if :: isScheduled(q) -> timer[q] = true :: else fi;
  isPaused[q] = false;
  printf("resume: queue %d\n", q)
}

proctype Queue(byte name) {
  do
  /* enqueue: a token when the queue was empty */
  :: atomic { jobs > 0 -> jobs--; ready[name]++; if :: ready[name] == 1 && !isPaused[name] -> wake[name] = true :: else fi; printf("enqueue: queue %d\n", name) }
  /* enqueue, for later */
  :: atomic { jobs > 0 -> jobs--; schedule(name, 1); printf("enqueue: queue %d, due in 1 tick\n", name) }
  :: atomic { jobs > 0 -> jobs--; schedule(name, 2); printf("enqueue: queue %d, due in 2 ticks\n", name) }
  /* pause */
  :: atomic { pauses > 0 && !isPaused[name] -> pauses--; isPaused[name] = true; age[name] = 0; printf("pause: queue %d\n", name) }
  /* resume: both tokens, then the pause goes */
  :: atomic { isPaused[name] -> resume(name) }
  od
}
#define isIdle(w, q) (isWaiting[w] && serves(w, q) && isFree(w))
#define waits(q) (!isPaused[q] && (ready[q] > 0 || due[3 * q] > 0) && (isIdle(0, q) || isIdle(1, q) || isIdle(2, q)))
inline grow(q) {
  if
  :: waits(q) ->
    age[q]++;
    assert(hasCrashed && age[q] <= BLOCK) /* a job waits while a worker is idle */
  :: else -> age[q] = 0
  fi
}
#define hasWork (ready[0] + ready[1] > 0 || isScheduled(0) || isScheduled(1))

proctype Clock() {
  do
  :: atomic { hasWork && !isUrgent(0) && !isUrgent(1) && !isUrgent(2) ->
      printf("tick\n");
      grow(0); grow(1);
      for (at : 0 .. 2) { if :: isWaiting[at] && waitsFor[at] > 0 -> waitsFor[at]-- :: else fi }
      for (q : 0 .. 1) { due[3 * q] = due[3 * q] + due[3 * q + 1]; due[3 * q + 1] = due[3 * q + 2]; due[3 * q + 2] = 0 }
      at = 0; q = 0 }
#ifdef ENDLESS
      progress_tick: skip
#endif
  od
}

init { atomic { run Worker(0); run Worker(1); run Worker(2); run Queue(0); run Queue(1); run Clock() } }
