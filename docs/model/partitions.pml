/*
 * partitions: one worker process in two partitions, with slots that both share, and its lease lost in one of them only.
 *
 * One job a partition, and other workers that may take and finish it. A process has one call under way a partition. Its id, its
 * runs and its unanswered calls are of one partition (rule 10); slots and handlers are of the process.
 */
#ifndef FAULTS
#define FAULTS 3
#endif
#ifndef SLOTS
#define SLOTS 1
#endif

/* where a job is */
#define READY 0
#define SCHEDULED 1
#define HELD 2 /* by the id that the process has now */
#define STRANDED 3 /* by one that it had before */
#define ELSEWHERE 4
#define COMPLETED 5

/* what the process knows of its claim */
#define NOTHING 0
#define WAITING 1 /* for a slot */
#define RUNNING 2
#define ENDED 3
#define POSTPONED 4
#define RELEASED 5

/* ---- Redis, by partition ---- */
byte place[2];
byte score[2];
byte issued[2];
bool isRegistered[2];
bool isOver[2]; /* nobody renews this lease any more, though the process lives */

/* ---- the process, by partition ---- */
bool hasId[2];
byte phase[2], current[2];
bool isBusy[2], isOld[2], isLost[2]; /* a call under way; of an id it had before */
bool reserved[2], unknown[2]; /* slots of calls under way, and of calls without an answer */
bool mustAsk[2]; /* a claim has an unknown outcome: no more are asked for until a sync was answered */
byte carries[2], brings[2]; /* claim numbers */
bool needsSync[2];
byte detached[2]; /* handlers that run on after their claim was lost (rule 11) */

byte faults = FAULTS;
bool hasMissedSync; /* a sync had no answer: from then on a claim may have to wait for its slot */
hidden byte other, number;

#define handlers (detached[0] + detached[1] + (phase[0] == RUNNING) + (phase[1] == RUNNING))
#define waiting ((phase[0] == WAITING) + (phase[1] == WAITING))
#define taken (handlers + waiting + reserved[0] + reserved[1] + unknown[0] + unknown[1])

inline abandon(p) {
  if :: phase[p] == RUNNING -> detached[p]++; printf("partition %d: the run of claim %d is aborted\n", p, current[p]) :: else fi;
  phase[p] = NOTHING;
  current[p] = 0;
  unknown[p] = false;
  mustAsk[p] = false;
  needsSync[p] = false;
  if :: isBusy[p] -> isOld[p] = true :: else fi;
  if :: place[p] == HELD -> place[p] = STRANDED :: else fi;
  hasId[p] = false
}

/* rule 10: LOST in one partition ends nothing in the other */
inline lose(p) {
  printf("partition %d: LOST\n", p);
  abandon(p);
#ifdef WITHOUT_RULE_10
  other = 1 - p;
  if
  :: hasId[other] ->
    assert(!(phase[other] == RUNNING && isRegistered[other])); /* a run is aborted whose lease nobody ended */
    abandon(other)
  :: else
  fi;
  other = 0
#endif
}

/* rule 11 */
inline start(p) {
  if
#ifndef WITHOUT_RULE_11
  :: detached[p] > 0 -> phase[p] = POSTPONED; printf("partition %d: claim %d is postponed, the job still runs here\n", p, current[p])
#endif
  :: else ->
    assert(detached[p] == 0); /* no process runs a job beside itself */
    phase[p] = RUNNING;
    printf("partition %d: claim %d starts\n", p, current[p])
  fi;
  assert(handlers <= SLOTS)
}

/* rule 4; and rule 6: with every slot taken a claim waits in line, which only a sync without an answer can cause */
inline admit(p) {
  if
  :: number == 0 || number <= current[p] -> skip
  :: number > current[p] && handlers + waiting < SLOTS -> current[p] = number; start(p)
  :: number > current[p] && handlers + waiting >= SLOTS ->
    assert(hasMissedSync);
    current[p] = number;
    phase[p] = WAITING;
    printf("partition %d: claim %d waits for a slot\n", p, number)
  fi;
  number = 0
}

inline endCall(p) { isBusy[p] = false; isOld[p] = false; isLost[p] = false; reserved[p] = false; carries[p] = 0; brings[p] = 0 }

proctype Fetcher(byte p) {
  do
  /* advance: claims when a slot is free, and no claim of this partition has an unknown outcome (rule 6) */
  :: atomic { hasId[p] && !isBusy[p] && !mustAsk[p] && phase[p] == NOTHING && taken < SLOTS && place[p] == READY ->
      printf("partition %d: advance, claims\n", p);
      isBusy[p] = true; reserved[p] = true;
      if
      :: !isRegistered[p] -> isLost[p] = true
      :: else -> issued[p]++; score[p] = issued[p]; place[p] = HELD; brings[p] = issued[p]
      fi }
  /* advance, fail, release: acks, postpones, or gives back, by claim number and id (rule 2) */
  :: atomic { hasId[p] && !isBusy[p] && phase[p] >= ENDED ->
      printf("partition %d: claim %d is settled\n", p, current[p]);
      isBusy[p] = true; carries[p] = current[p];
      if
      :: !isRegistered[p] -> isLost[p] = true
      :: isRegistered[p] && place[p] == HELD && score[p] == current[p] && phase[p] == ENDED -> place[p] = COMPLETED
      :: isRegistered[p] && place[p] == HELD && score[p] == current[p] && phase[p] == POSTPONED -> place[p] = SCHEDULED
      :: isRegistered[p] && place[p] == HELD && score[p] == current[p] && phase[p] == RELEASED -> place[p] = READY
      :: else
      fi }
  /* the answer; of an id it had before it is dropped (rule 5), and frees its slots all the same */
  :: atomic { isBusy[p] ->
      number = brings[p];
      if
      :: isOld[p] -> endCall(p); number = 0
      :: !isOld[p] && isLost[p] -> endCall(p); lose(p); number = 0
      :: else ->
        if :: carries[p] != 0 && phase[p] >= ENDED && current[p] == carries[p] -> phase[p] = NOTHING :: else fi;
        endCall(p);
        admit(p)
      fi }
  /* FAULT: no answer. The slot asked for stays taken until a sync has ended (rule 6) */
  :: atomic { isBusy[p] && faults > 0 ->
      faults--;
      printf("FAULT partition %d: no answer\n", p);
      if
      :: isOld[p] -> skip
      :: else ->
        needsSync[p] = true;
#ifndef WITHOUT_RULE_6
        unknown[p] = reserved[p];
        if :: reserved[p] -> mustAsk[p] = true :: else fi
#endif
      fi;
      endCall(p) }
  /* sync */
  :: atomic { hasId[p] && needsSync[p] ->
      printf("partition %d: sync\n", p);
      if
      :: !isRegistered[p] -> lose(p)
      :: else ->
        needsSync[p] = false; unknown[p] = false; mustAsk[p] = false;
        number = (place[p] == HELD -> score[p] : 0);
        admit(p)
      fi }
  /* FAULT: no answer to sync. The other partition gets the slot; what was claimed after all will have to wait for one */
  :: atomic { hasId[p] && needsSync[p] && faults > 0 -> faults--; unknown[p] = false; hasMissedSync = true; printf("FAULT partition %d: no answer to sync\n", p) }
  /* a claim in line: its turn comes, or it is given back */
  :: atomic { phase[p] == WAITING && handlers < SLOTS -> start(p) }
  :: atomic { phase[p] == WAITING -> phase[p] = RELEASED; printf("partition %d: claim %d found no slot\n", p, current[p]) }
  /* heartbeat: one a partition */
  :: atomic { hasId[p] && !isRegistered[p] -> lose(p) }
  /* register */
  :: atomic { !hasId[p] -> hasId[p] = true; isRegistered[p] = true; isOver[p] = false; printf("partition %d: a fresh id\n", p) }
  /* handlers end: one whose claim is known, one that was detached */
  :: atomic { phase[p] == RUNNING -> phase[p] = ENDED; printf("partition %d: the handler of claim %d ends\n", p, current[p]) }
  :: atomic { detached[p] > 0 -> detached[p]--; printf("partition %d: a detached handler ends\n", p) }
  /* FAULT: this partition alone does not hear the heartbeats for a lease */
  :: atomic { faults > 0 && hasId[p] && isRegistered[p] && !isOver[p] -> faults--; isOver[p] = true; printf("FAULT partition %d: the lease is over\n", p) }
  od
}

proctype Redis(byte p) {
  do
  /* sweep, reap: the registration first (rule 12) */
  :: atomic { isOver[p] && isRegistered[p] && hasId[p] -> isRegistered[p] = false; printf("partition %d: sweep, the id is revoked\n", p) }
  :: atomic { place[p] == HELD && !isRegistered[p] -> place[p] = READY; printf("partition %d: reap\n", p) }
  :: atomic { place[p] == STRANDED -> place[p] = READY; printf("partition %d: reap, of the id before\n", p) }
  /* advance: what is due. In the end a delay outlasts the handler that was detached */
  :: atomic { place[p] == SCHEDULED && (detached[p] == 0 || issued[p] < 2 * FAULTS) -> place[p] = READY }
  /* advance of another worker: takes the job, and ends it */
  :: atomic { place[p] == READY && issued[p] > 0 -> issued[p]++; place[p] = ELSEWHERE; printf("partition %d: another worker has the job\n", p) }
  :: atomic { place[p] == ELSEWHERE -> place[p] = COMPLETED }
  od
}

init {
  atomic {
    hasId[0] = true; hasId[1] = true; isRegistered[0] = true; isRegistered[1] = true;
    run Fetcher(0); run Fetcher(1); run Redis(0); run Redis(1)
  }
  /* nothing can happen any more: the jobs are done, and every slot is free again */
  timeout -> assert(place[0] == COMPLETED && place[1] == COMPLETED && taken == 0)
}
