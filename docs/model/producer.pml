/*
 * producer: batches with sequence numbers (rule 16), sent again when no answer came, stored once or refused.
 *
 * One producer, one partition, two batches under way at once, one job a batch. A call whose sender has given up on it may be
 * executed at any later moment, before or after the call that replaced it, or never. A stored job may run and be trimmed at
 * once: then nothing but the kept answers knows of it. KEPT stands for 32.
 */
#ifndef BATCHES
#define BATCHES 5
#endif
#ifndef LOSSES
#define LOSSES 3
#endif
#define KEPT 2
#define UNDER_WAY_MOST 2
#define TRIES 3

/* what the lane does with a batch, then what its caller is told */
#define WAITING 0
#define SENT 1
#define UNANSWERED 2
#define TOLD_STORED 3
#define TOLD_DUPLICATE 4
#define TOLD_REFUSED 5
#define TOLD_UNKNOWN 6

/* answers of the script */
#define NONE 0
#define STORED 1
#define DUPLICATE 2
#define STALE 3

/* ---- Redis: batches count from 1 ---- */
bool hasRecord[BATCHES + 1];
byte kept[BATCHES + 1]; /* the answer in T:producer */
byte newest;
byte timesStored[BATCHES + 1];

/* ---- the lane of the producer ---- */
byte state[BATCHES + 1];
byte tries[BATCHES + 1];
byte late[BATCHES + 1]; /* calls given up, still under way */
byte underWay, losses = LOSSES;
hidden byte answer, old;

#define isTold(batch) (state[batch] >= TOLD_STORED)

/* enqueue: the sequence number first, then the record, the place, and the answer for whoever asks again */
inline enqueue(batch) {
  if
#ifndef WITHOUT_STALE
  :: batch + KEPT <= newest -> answer = STALE
#endif
#ifndef WITHOUT_RULE_16
  :: batch + KEPT > newest && kept[batch] != NONE -> answer = kept[batch]
#endif
  :: else ->
    if
    :: hasRecord[batch] -> answer = DUPLICATE
    :: else -> hasRecord[batch] = true; timesStored[batch]++; answer = STORED
    fi;
    kept[batch] = answer;
    if :: batch > newest -> newest = batch :: else fi;
    if
    :: batch % KEPT == 0 -> for (old : 1 .. BATCHES) { if :: old + KEPT <= batch && old + 3 * KEPT > batch -> kept[old] = NONE :: else fi }
    :: else
    fi;
    old = 0
  fi;
  printf("enqueue: batch %d, answer %d (1 stored, 2 duplicate, 3 stale)\n", batch, answer);
  assert(timesStored[batch] <= 1) /* stored once, however often it is sent */
}

inline tell(batch, what) { state[batch] = what; underWay--; printf("the caller of batch %d is told %d\n", batch, what) }

inline takeAnswer(batch) {
  if
  :: answer == STORED -> tell(batch, TOLD_STORED)
  :: answer == DUPLICATE -> tell(batch, TOLD_DUPLICATE)
#ifdef STALE_IS_REFUSED
  :: answer == STALE -> tell(batch, TOLD_REFUSED)
#else
  :: answer == STALE && tries[batch] == 1 -> tell(batch, TOLD_REFUSED)
  :: answer == STALE && tries[batch] > 1 -> tell(batch, TOLD_UNKNOWN)
#endif
  fi;
  answer = NONE;
  holds(batch)
}

/* what a caller was told is so, and stays so */
inline holds(batch) {
  assert(state[batch] != TOLD_STORED || timesStored[batch] == 1);
  assert(state[batch] != TOLD_REFUSED || timesStored[batch] == 0);
  assert(state[batch] != TOLD_DUPLICATE) /* its id is its own: nobody else can have stored it */
}

proctype Batch(byte batch) {
  do
  /* enqueue is sent: batches begin in their order, two at a time */
  :: atomic { state[batch] == WAITING && underWay < UNDER_WAY_MOST && (batch == 1 || state[batch - 1] != WAITING) -> state[batch] = SENT; underWay++; tries[batch] = 1 }
  /* it is executed, and answered in time */
  :: atomic { state[batch] == SENT -> enqueue(batch); takeAnswer(batch) }
  /* FAULT: no answer within redis.read_timeout; the call may be lost, or late */
  :: atomic { state[batch] == SENT && losses > 0 -> losses--; state[batch] = UNANSWERED; late[batch]++; printf("FAULT batch %d: no answer\n", batch) }
  /* enqueue is sent again, with the same number, or the time is over */
  :: atomic { state[batch] == UNANSWERED && tries[batch] < TRIES -> state[batch] = SENT; tries[batch]++; printf("batch %d is sent again\n", batch) }
  :: atomic { state[batch] == UNANSWERED -> tell(batch, TOLD_UNKNOWN) }
  /* enqueue: a late one is executed, or never */
  :: atomic { late[batch] > 0 -> late[batch]--; enqueue(batch); answer = NONE; holds(batch) }
  :: atomic { late[batch] > 0 -> late[batch]--; printf("a late call of batch %d is lost\n", batch) }
  /* advance, retain: the job has run and is trimmed */
  :: atomic { hasRecord[batch] -> hasRecord[batch] = false; printf("the job of batch %d has run and is trimmed\n", batch) }
  od
}

#ifdef EXPIRES
/* the answers expire an hour after the last batch, while a call is still under way */
proctype Expiry() {
  atomic { newest > 0 -> newest = 0; for (old : 1 .. BATCHES) { kept[old] = NONE } old = 0; printf("FAULT the answers have expired\n") }
}
#endif

init {
  atomic {
    for (old : 1 .. BATCHES) { run Batch(old) }
    old = 0;
#ifdef EXPIRES
    run Expiry()
#endif
  }
  /* nothing can happen any more: every caller has been told */
  timeout -> for (old : 1 .. BATCHES) { assert(isTold(old)) }
}
