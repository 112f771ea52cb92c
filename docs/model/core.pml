/*
 * core: claims and settlements, sync, leases, reap, amnesty, drain, and a Redis that comes back without its last second.
 *
 * Two jobs, two worker processes. Process 0 has two calls under way at once, process 1 does a call in one step. A call is
 * executed in the step that sends it (what waits in the network while its sender waits changes nothing); a call that its sender
 * has given up on is executed later, or never. As many FAULTS as are allowed happen, at any moment, of the kinds that are
 * switched on: LOSSES (of answers, and calls that come late), KILLS, FREEZES, OUTAGES, DRAINS, ROLLBACK. Each guarded step is
 * one script, named in its comment, or one event. Rules are those of docs/architecture.md; WITHOUT_RULE_n leaves one out.
 */
#ifndef FAULTS
#define FAULTS 1
#endif
#define INCARNATIONS (2 + FAULTS + 1)
#define SLOTS 2

/* where a job can be, one bit each; in none of these it must be held */
#define READY 1
#define SCHEDULED 2
#define COMPLETED 4
#define DEAD 8
/* what Redis knows of an incarnation; NEVER is also what a rollback makes of a registration */
#define NEVER 0
#define REGISTERED 1
#define REVOKED 2
#define LEFT 3
/* whether the deadline of a lease is over */
#define IN_TIME 0
#define OVER 1
#define OVER_BY_OUTAGE 2
/* what a process is doing */
#define UP 0
#define DOWN 1
#define FROZEN 2
#define DRAINING 3
/* what a process knows of a claim */
#define NOTHING 0
#define RUNNING 1
#define ACK 2
#define FAIL 3

/* ---- Redis ---- */
byte place[2];
byte holder[2]; /* incarnation + 1 whose processing set has the job */
byte score[2]; /* its claim number there */
byte attempts[2];
byte issued[2]; /* the last claim number of the job */
byte lease[INCARNATIONS];
byte deadline[INCARNATIONS];
bool mustGrant; /* the last sweep is long ago: the next one grants an amnesty */

/* ---- processes; what belongs to a process and a job stands at of(process, job) ---- */
#define of(w, job) ((w) * 2 + (job))
byte process[2];
byte incarnation[2];
byte nextIncarnation = 2;
byte phase[4];
byte current[4]; /* the claim number that runs, or waits to be confirmed */
byte settled[4]; /* the newest confirmed claim number */
byte outcome[4]; /* and how it ended */
bool needsSync[2];

/* ---- calls of process 0 ---- */
bool isBusy[2], isLost[2], wants[2];
byte carries[2], carriedNumber[2]; /* job + 1 that it settles */
byte brings[2], broughtNumber[2]; /* job + 1 that it claimed */
bool isSyncing, syncIsLost;
byte found[2]; /* the claim number that sync names, by job */
bool isOvertaken[2]; /* a claim of the job was confirmed since this sync was sent */

/* ---- a call that its sender has given up on ---- */
bool isLate, lateWants;
byte lateIncarnation, lateCarries, lateNumber, lateOutcome;

byte faults = FAULTS;
byte started[2]; /* claim numbers that were started, one bit each */
hidden byte gotJob, gotNumber, at;
hidden byte gotLost;

#ifdef ROLLBACK
/* what is on the disk; filled when the budget pays for a rollback */
#define ONLY_KEPT 1
#define DONE 2
byte rollback;
byte keptPlace[2], keptHolder[2], keptScore[2], keptAttempts[2], keptIssued[2];
byte keptLease[INCARNATIONS], keptDeadline[INCARNATIONS];
bool keptMustGrant;
byte superseded[4]; /* a failure, unconfirmed, of a job that was claimed again */
#define isRolledBack (rollback == DONE)
#define knowsSuperseded(w, job, number) (superseded[of(w, job)] == number)
#else
#define isRolledBack false
#define knowsSuperseded(w, job, number) false
#endif

#define isActive(w) (process[w] == UP || process[w] == DRAINING)
#define isOwned(i) ((incarnation[0] == i && isActive(0)) || (incarnation[1] == i && isActive(1)))
#define isRegistered(i) (lease[i] == REGISTERED)
#define holds(i, job) (holder[job] == (i) + 1)
#define travels(job, number) ((carries[0] == job + 1 && carriedNumber[0] == number) || (carries[1] == job + 1 && carriedNumber[1] == number))
#define isUnsent(w, job) (phase[of(w, job)] >= ACK && !(w == 0 && travels(job, current[of(w, job)])))
#define running(w) ((phase[of(w, 0)] == RUNNING) + (phase[of(w, 1)] == RUNNING))
#define hasRoom(w) (process[w] == UP && running(w) + (w == 0 -> wants[0] + wants[1] : 0) < SLOTS)
#define hasWork (place[0] == READY || place[1] == READY)
#define mayCall(c) (isActive(0) && !isBusy[c] && (c == 0 || isBusy[0]))
#define knownNumber(w, job) (phase[of(w, job)] != NOTHING -> current[of(w, job)] : settled[of(w, job)])
#if defined(NONE_FAILS)
#define mayFail(job) false
#elif defined(ONE_FAILS)
#define mayFail(job) (job == 0)
#else
#define mayFail(job) true
#endif

/* ---- what must hold after every step: each job is in exactly one place ---- */
#define places(job) ((holder[job] != 0) + (place[job] & 1) + ((place[job] >> 1) & 1) + ((place[job] >> 2) & 1) + ((place[job] >> 3) & 1))
inline onePlace() { assert(places(0) == 1 && places(1) == 1) }

/* ---- scripts ---- */
#ifdef WITHOUT_RULE_2
#define isFenced(job, number) true
#else
#define isFenced(job, number) (score[job] == number)
#endif

/* advance, fail: an ack or a failure counts for the claim that it names, else it is "gone" (rule 2) */
inline settle(i, job, number, how) {
  if
  :: holds(i, job) && isFenced(job, number) ->
    assert(score[job] == number); /* one accepted outcome a claim: its own */
    if
    :: how == ACK -> place[job] = place[job] | COMPLETED
    :: how == FAIL && attempts[job] == 0 -> attempts[job] = 1; place[job] = place[job] | SCHEDULED
    :: how == FAIL && attempts[job] == 1 -> place[job] = place[job] | DEAD
    fi;
    holder[job] = 0;
    score[job] = 0;
    printf("    job %d, claim %d: settled, %d (2 ack, 3 fail)\n", job, number, how)
  :: else -> printf("    job %d, claim %d: gone\n", job, number)
  fi
}

inline claim(i, job) {
  issued[job]++;
  assert(issued[job] < 8); /* a bound of this model: started has eight bits */
  holder[job] = holder[job] + i + 1;
  score[job] = issued[job];
  place[job] = place[job] - READY;
  gotJob = job + 1;
  gotNumber = issued[job];
  printf("    job %d, claim %d: claimed by incarnation %d\n", job, issued[job], i)
}

/* advance: one settlement, and one claim when a slot is free. fail: a settlement alone. Both are LOST without a registration. */
inline execute(i, job, number, how, wanted) {
  gotJob = 0;
  gotNumber = 0;
  gotLost = false;
  if
  :: !isRegistered(i) -> gotLost = true; printf("    LOST: incarnation %d\n", i)
  :: else ->
    if :: job != 0 -> at = job - 1; settle(i, at, number, how) :: else fi;
    if
    :: wanted && place[0] == READY -> claim(i, 0)
    :: wanted && place[1] == READY -> claim(i, 1)
    :: !wanted || !hasWork
    fi
  fi;
  at = 0
}

/* ---- what a process does with an answer ---- */
inline start(w, job, number) {
  printf("    process %d starts job %d, claim %d\n", w, job, number);
  assert((started[job] & (1 << number)) == 0); /* a claim is started once */
  started[job] = started[job] | (1 << number);
  phase[of(w, job)] = RUNNING;
  current[of(w, job)] = number
}

#ifdef WITHOUT_RULE_4
inline admit(w, job, number, bySync) { start(w, job, number) }
#else
#define namesWhatIs(w, job) (w == 1 || !isOvertaken[job])
/* rule 4 */
inline admit(w, job, number, bySync) {
  if
  :: number > knownNumber(w, job) ->
    if
    :: phase[of(w, job)] == RUNNING ->
      assert(isRolledBack); /* Redis gives a job that runs to its own runner only when it lost the first claim */
      current[of(w, job)] = number;
      printf("    process %d: the run of job %d takes over claim %d\n", w, job, number)
    :: phase[of(w, job)] == ACK ->
      assert(isRolledBack);
      current[of(w, job)] = number;
      printf("    process %d: claim %d of job %d gets the ack that is not yet confirmed\n", w, number, job)
    :: else ->
#ifdef ROLLBACK
      if :: phase[of(w, job)] == FAIL -> superseded[of(w, job)] = current[of(w, job)] :: else fi;
#endif
      start(w, job, number)
    fi
#ifndef WITHOUT_RULE_4_MEMORY
  :: number == settled[of(w, job)] && phase[of(w, job)] == NOTHING ->
    phase[of(w, job)] = outcome[of(w, job)];
    current[of(w, job)] = number;
    printf("    process %d sends the outcome of job %d, claim %d again\n", w, job, number)
#endif
#ifndef WITHOUT_RULE_4_OLDER
  :: number < settled[of(w, job)] && phase[of(w, job)] == NOTHING && bySync && namesWhatIs(w, job) && !knowsSuperseded(w, job, number) ->
    assert(isRolledBack); /* only then can Redis hold a claim that is older than one it has confirmed */
    if
    :: outcome[of(w, job)] == ACK ->
      phase[of(w, job)] = ACK;
      current[of(w, job)] = number;
      printf("    process %d: claim %d of job %d gets the ack of a newer one\n", w, number, job)
    :: else ->
      started[job] = started[job] & (255 - (1 << number)); /* Redis lost what became of it, so it may run again */
      start(w, job, number)
    fi
#endif
  :: else ->
    printf("    process %d knows job %d, claim %d\n", w, job, number);
    /* nobody else may take what a registered worker holds: refusing what is so, is refusing it for ever */
    assert(!(isRegistered(incarnation[w]) && holds(incarnation[w], job) && score[job] == number && phase[of(w, job)] == NOTHING && namesWhatIs(w, job)))
  fi
}
#endif

/* rules 2 and 3: "gone" and "settled" are the same to whoever has sent it */
inline confirm(w, job, number) {
  if
#ifdef WITHOUT_RULE_3
  :: phase[of(w, job)] != NOTHING ->
    assert(phase[of(w, job)] != RUNNING); /* the reply of one claim ends the run of another */
#else
  :: phase[of(w, job)] >= ACK && current[of(w, job)] == number ->
#endif
    if :: w == 0 && isSyncing -> isOvertaken[job] = true :: else fi;
    settled[of(w, job)] = current[of(w, job)];
    outcome[of(w, job)] = phase[of(w, job)];
    phase[of(w, job)] = NOTHING;
    current[of(w, job)] = 0
  :: else
  fi
#ifdef ROLLBACK
  ; if :: superseded[of(w, job)] == number -> superseded[of(w, job)] = 0 :: else fi
#endif
}

inline endCall(c) {
  isBusy[c] = false; isLost[c] = false; wants[c] = false;
  carries[c] = 0; carriedNumber[c] = 0; brings[c] = 0; broughtNumber[c] = 0
}
inline endSync() { isSyncing = false; syncIsLost = false; found[0] = 0; found[1] = 0; isOvertaken[0] = false; isOvertaken[1] = false }
inline endCalls(w) {
  if :: w == 0 -> endCall(0); endCall(1); endSync() :: else fi
}
inline forgetRuns(w) {
  for (at : of(w, 0) .. of(w, 1)) {
    phase[at] = NOTHING; current[at] = 0; settled[at] = 0; outcome[at] = 0;
#ifdef ROLLBACK
    superseded[at] = 0
#endif
  }
  at = 0;
  needsSync[w] = false
}

/* register: always a fresh id (rule 9) */
inline register(w) {
  assert(nextIncarnation < INCARNATIONS); /* a bound of this model */
  incarnation[w] = nextIncarnation;
  lease[nextIncarnation] = REGISTERED;
  nextIncarnation++
}
/* rules 5 and 11: runs are aborted, answers to come are dropped; who drains takes no new id */
inline lose(w) {
  printf("    process %d: LOST, its runs are aborted\n", w);
  endCalls(w);
  forgetRuns(w);
  if
  :: process[w] == DRAINING -> process[w] = DOWN
  :: else -> register(w)
  fi
}
inline take(w, isLostCall, job, number, claimed, claimedNumber) {
  if
  :: isLostCall -> lose(w)
  :: else ->
    if :: job != 0 -> at = job - 1; confirm(w, at, number) :: else fi;
    if :: claimed != 0 -> at = claimed - 1; gotNumber = claimedNumber; admit(w, at, gotNumber, false) :: else fi
  fi;
  at = 0; gotNumber = 0; gotJob = 0; gotLost = false
}

/* ---- process 0, one call ---- */
inline send(c, job, how, wanted) {
  printf("process 0, call %d: incarnation %d settles job %d (-1: none), wants %d\n", c, incarnation[0], job - 1, wanted);
  isBusy[c] = true;
  wants[c] = wanted;
  carries[c] = job;
  if :: job != 0 -> carriedNumber[c] = current[of(0, job - 1)] :: else fi;
  execute(incarnation[0], job, carriedNumber[c], how, wanted);
  brings[c] = gotJob; broughtNumber[c] = gotNumber; isLost[c] = gotLost;
  gotJob = 0; gotNumber = 0; gotLost = false
}
inline giveUp(w, job, how) {
  isLate = true;
  lateIncarnation = incarnation[w];
  lateCarries = job;
  if :: job != 0 -> lateNumber = current[of(w, job - 1)] :: else fi;
  lateOutcome = how;
  lateWants = how != FAIL && hasRoom(w)
}
inline noLateCall() { isLate = false; lateWants = false; lateIncarnation = 0; lateCarries = 0; lateNumber = 0; lateOutcome = 0 }

proctype Call(byte c) {
  do
  /* advance: acks, and claims for a free slot */
  :: atomic { mayCall(c) && isUnsent(0, 0) && phase[0] == ACK && hasRoom(0) -> send(c, 1, ACK, true); onePlace() }
  :: atomic { mayCall(c) && isUnsent(0, 1) && phase[1] == ACK && hasRoom(0) -> send(c, 2, ACK, true); onePlace() }
  :: atomic { mayCall(c) && isUnsent(0, 0) && phase[0] == ACK -> send(c, 1, ACK, false); onePlace() }
  :: atomic { mayCall(c) && isUnsent(0, 1) && phase[1] == ACK -> send(c, 2, ACK, false); onePlace() }
  /* advance: claims only */
  :: atomic { mayCall(c) && !isUnsent(0, 0) && !isUnsent(0, 1) && hasRoom(0) && hasWork -> send(c, 0, NOTHING, true); onePlace() }
  /* fail */
  :: atomic { mayCall(c) && isUnsent(0, 0) && phase[0] == FAIL -> send(c, 1, FAIL, false); onePlace() }
  :: atomic { mayCall(c) && isUnsent(0, 1) && phase[1] == FAIL -> send(c, 2, FAIL, false); onePlace() }
#ifdef ROLLBACK
  /* fail: of a claim that was superseded, until it is confirmed */
  :: atomic { mayCall(c) && superseded[0] != 0 && !travels(0, superseded[0]) ->
      isBusy[c] = true; carries[c] = 1; carriedNumber[c] = superseded[0];
      execute(incarnation[0], 1, superseded[0], FAIL, false); isLost[c] = gotLost; gotLost = false; onePlace() }
  :: atomic { mayCall(c) && superseded[1] != 0 && !travels(1, superseded[1]) ->
      isBusy[c] = true; carries[c] = 2; carriedNumber[c] = superseded[1];
      execute(incarnation[0], 2, superseded[1], FAIL, false); isLost[c] = gotLost; gotLost = false; onePlace() }
#endif
  /* the answer */
  :: atomic { isActive(0) && isBusy[c] -> printf("process 0, call %d: answered\n", c);
      if
      :: isLost[c] -> lose(0)
      :: else ->
        if :: carries[c] != 0 -> at = carries[c] - 1; confirm(0, at, carriedNumber[c]) :: else fi;
        if :: brings[c] != 0 -> at = brings[c] - 1; admit(0, at, broughtNumber[c], false) :: else fi;
        at = 0;
        endCall(c)
      fi;
      onePlace() }
#ifdef LOSSES
  /* FAULT: the answer is lost (rule 6: never sent again, sync asks) */
  :: atomic { isActive(0) && isBusy[c] && faults > 0 -> faults--; needsSync[0] = true; printf("FAULT process 0, call %d: no answer\n", c); endCall(c) }
  /* FAULT: given up at its deadline, and still under way */
  :: atomic { faults > 0 && !isLate && mayCall(c) && isUnsent(0, 0) -> faults--; needsSync[0] = true; giveUp(0, 1, phase[0]); printf("FAULT process 0 gives up a call that settles job 0\n") }
  :: atomic { faults > 0 && !isLate && mayCall(c) && isUnsent(0, 1) -> faults--; needsSync[0] = true; giveUp(0, 2, phase[1]); printf("FAULT process 0 gives up a call that settles job 1\n") }
  :: atomic { faults > 0 && !isLate && mayCall(c) && hasRoom(0) && hasWork -> faults--; needsSync[0] = true; giveUp(0, 0, NOTHING); printf("FAULT process 0 gives up a call that claims\n") }
#endif
  od
}

/* ---- process 1: call and answer in one step ---- */
inline callAtOnce(job, number, how, wanted) {
  printf("process 1: incarnation %d settles job %d (-1: none), wants %d\n", incarnation[1], job - 1, wanted);
  execute(incarnation[1], job, number, how, wanted);
  take(1, gotLost, job, number, gotJob, gotNumber)
}
proctype Neighbour() {
  do
  /* advance */
  :: atomic { isActive(1) && phase[2] == ACK && hasRoom(1) -> callAtOnce(1, current[2], ACK, true); onePlace() }
  :: atomic { isActive(1) && phase[3] == ACK && hasRoom(1) -> callAtOnce(2, current[3], ACK, true); onePlace() }
  :: atomic { isActive(1) && phase[2] == ACK -> callAtOnce(1, current[2], ACK, false); onePlace() }
  :: atomic { isActive(1) && phase[3] == ACK -> callAtOnce(2, current[3], ACK, false); onePlace() }
  :: atomic { isActive(1) && phase[2] < ACK && phase[3] < ACK && hasRoom(1) && hasWork -> callAtOnce(0, 0, NOTHING, true); onePlace() }
  /* fail */
  :: atomic { isActive(1) && phase[2] == FAIL -> callAtOnce(1, current[2], FAIL, false); onePlace() }
  :: atomic { isActive(1) && phase[3] == FAIL -> callAtOnce(2, current[3], FAIL, false); onePlace() }
#ifdef ROLLBACK
  :: atomic { isActive(1) && superseded[2] != 0 -> callAtOnce(1, superseded[2], FAIL, false); onePlace() }
  :: atomic { isActive(1) && superseded[3] != 0 -> callAtOnce(2, superseded[3], FAIL, false); onePlace() }
#endif
  od
}

/* ---- sync, rule 7: asked for by an unanswered call or by a heartbeat that names an unknown claim (rule 8) ---- */
#define isUnknown(w, job) (holds(incarnation[w], job) && (phase[of(w, job)] == NOTHING || current[of(w, job)] < score[job]))
#define asksForSync(w) (needsSync[w] || (isRegistered(incarnation[w]) && (isUnknown(w, 0) || isUnknown(w, 1))))
#define differs(w, job) (holds(incarnation[w], job) && (phase[of(w, job)] == NOTHING || current[of(w, job)] != score[job]) && !knowsSuperseded(w, job, score[job]))

inline sync(w) {
  printf("process %d: sync\n", w);
  needsSync[w] = false;
  if
  :: !isRegistered(incarnation[w]) -> syncIsLost = true
  :: else ->
    if :: differs(w, 0) -> found[0] = score[0] :: else fi;
    if :: differs(w, 1) -> found[1] = score[1] :: else fi
  fi
}
inline takeSync(w) {
  printf("process %d: sync names claim %d of job 0, claim %d of job 1 (0: none)\n", w, found[0], found[1]);
  if
  :: syncIsLost -> lose(w)
  :: else ->
    if :: found[0] != 0 -> gotNumber = found[0]; found[0] = 0; admit(w, 0, gotNumber, true) :: else fi;
    if :: found[1] != 0 -> gotNumber = found[1]; found[1] = 0; admit(w, 1, gotNumber, true) :: else fi
  fi;
  gotNumber = 0;
  endSync()
}

/* found and syncIsLost belong to process 0: process 1 takes its answer in the same step */
inline syncAtOnce() {
  printf("process 1: sync\n");
  needsSync[1] = false;
  if
  :: !isRegistered(incarnation[1]) -> lose(1)
  :: else ->
    if :: differs(1, 0) -> gotNumber = score[0]; admit(1, 0, gotNumber, true) :: else fi;
    if :: differs(1, 1) -> gotNumber = score[1]; admit(1, 1, gotNumber, true) :: else fi
  fi;
  gotNumber = 0
}

#ifdef WITHOUT_RULE_14
#define mayLeave(w) ((w == 1 || (!isBusy[0] && !isBusy[1] && !isSyncing)) && !needsSync[w])
#define givesBack(w, job) (holds(incarnation[w], job) && phase[of(w, job)] != NOTHING)
#else
#define mayLeave(w) true
#define givesBack(w, job) holds(incarnation[w], job)
#endif
inline giveBack(job) { place[job] = place[job] | READY; holder[job] = 0; score[job] = 0; printf("    job %d goes back to ready\n", job) }
inline leave(w) {
  printf("process %d: incarnation %d leaves\n", w, incarnation[w]);
  if
  :: isRegistered(incarnation[w]) ->
    if :: givesBack(w, 0) -> giveBack(0) :: else fi;
    if :: givesBack(w, 1) -> giveBack(1) :: else fi;
    lease[incarnation[w]] = LEFT;
    deadline[incarnation[w]] = IN_TIME
  :: else
  fi;
  endCalls(w);
  forgetRuns(w);
  process[w] = DOWN
}

proctype Process(byte w) {
  do
  /* a handler ends */
  :: atomic { isActive(w) && phase[of(w, 0)] == RUNNING -> phase[of(w, 0)] = ACK; printf("process %d: job 0 ends well\n", w) }
  :: atomic { isActive(w) && phase[of(w, 1)] == RUNNING -> phase[of(w, 1)] = ACK; printf("process %d: job 1 ends well\n", w) }
  :: atomic { isActive(w) && phase[of(w, 0)] == RUNNING && mayFail(0) -> phase[of(w, 0)] = FAIL; printf("process %d: job 0 fails\n", w) }
  :: atomic { isActive(w) && phase[of(w, 1)] == RUNNING && mayFail(1) -> phase[of(w, 1)] = FAIL; printf("process %d: job 1 fails\n", w) }

#ifndef WITHOUT_RULE_7
  /* sync: call and answer apart for process 0, so that it can cross an advance */
  :: atomic { w == 0 && isActive(w) && !isSyncing && asksForSync(w) -> isSyncing = true; sync(w) }
  :: atomic { w == 0 && isActive(w) && isSyncing -> takeSync(w); onePlace() }
#ifdef LOSSES
  :: atomic { w == 0 && isActive(w) && isSyncing && faults > 0 -> faults--; needsSync[w] = true; printf("FAULT process 0: no answer to sync\n"); endSync() }
#endif
  :: atomic { w == 1 && isActive(w) && asksForSync(w) && !isSyncing -> gotNumber = 0; syncAtOnce(); onePlace() }
#endif

  /* heartbeat: LOST, or renewed (rule 9: never created) */
#ifdef WITHOUT_RULE_9
  :: atomic { isActive(w) && lease[incarnation[w]] == REVOKED -> lease[incarnation[w]] = REGISTERED; printf("process %d: its heartbeat makes incarnation %d anew\n", w, incarnation[w]) }
#else
  :: atomic { isActive(w) && !isRegistered(incarnation[w]) -> printf("process %d: heartbeat\n", w); lose(w); onePlace() }
#endif
  :: atomic { isActive(w) && isRegistered(incarnation[w]) && deadline[incarnation[w]] != IN_TIME -> deadline[incarnation[w]] = IN_TIME; printf("process %d: heartbeat renews incarnation %d\n", w, incarnation[w]) }

  /* leave: rule 14, all that Redis holds for it goes to the front, then its registration goes */
  :: atomic { process[w] == DRAINING && mayLeave(w) -> leave(w); onePlace() }

  /* register: a process comes back */
  :: atomic { process[w] == DOWN && nextIncarnation < INCARNATIONS -> printf("process %d starts again\n", w); process[w] = UP; register(w) }
  :: atomic { process[w] == FROZEN -> printf("process %d thaws\n", w); process[w] = UP }

  od
}

/* ---- time, reapers, and calls that come late ---- */
inline revoke(i) {
  assert(!(isOwned(i) && deadline[i] == OVER_BY_OUTAGE)); /* an outage costs no living worker its lease */
  printf("sweep: incarnation %d is revoked\n", i);
  lease[i] = REVOKED;
  deadline[i] = IN_TIME
}

proctype Reaper(byte i) {
  do
  :: atomic { isRegistered(i) && deadline[i] == IN_TIME && !isOwned(i) -> deadline[i] = OVER; printf("the lease of incarnation %d is over\n", i) }
#ifndef WITHOUT_RULE_12
  /* sweep: the registration goes first */
  :: atomic { isRegistered(i) && deadline[i] != IN_TIME && !mustGrant -> revoke(i) }
  /* reap: then its jobs, one by one; any reaper may do any of these steps */
  :: atomic { lease[i] == REVOKED && holds(i, 0) -> printf("reap: incarnation %d\n", i); giveBack(0); onePlace() }
  :: atomic { lease[i] == REVOKED && holds(i, 1) -> printf("reap: incarnation %d\n", i); giveBack(1); onePlace() }
#else
  :: atomic { isRegistered(i) && deadline[i] != IN_TIME && !mustGrant && holds(i, 0) -> printf("reap: incarnation %d\n", i); giveBack(0); onePlace() }
  :: atomic { isRegistered(i) && deadline[i] != IN_TIME && !mustGrant && holds(i, 1) -> printf("reap: incarnation %d\n", i); giveBack(1); onePlace() }
  :: atomic { isRegistered(i) && deadline[i] != IN_TIME && !mustGrant && !holds(i, 0) && !holds(i, 1) -> revoke(i) }
#endif
  od
}

#ifdef ROLLBACK
inline keep() {
  for (at : 0 .. 1) { keptPlace[at] = place[at]; keptHolder[at] = holder[at]; keptScore[at] = score[at]; keptAttempts[at] = attempts[at] }
  for (at : 0 .. INCARNATIONS - 1) { keptLease[at] = lease[at]; keptDeadline[at] = deadline[at] }
#ifdef WITHOUT_RULE_1
  keptIssued[0] = issued[0]; keptIssued[1] = issued[1];
#endif
  at = 0;
  keptMustGrant = mustGrant;
  rollback = ONLY_KEPT
}
/* its connections break with it: a call under way has no answer */
inline breakCalls() {
  if :: isBusy[0] || isBusy[1] || isSyncing -> needsSync[0] = true :: else fi;
  endCall(0); endCall(1); endSync()
}
inline restore() {
  for (at : 0 .. 1) {
    place[at] = keptPlace[at]; holder[at] = keptHolder[at]; score[at] = keptScore[at]; attempts[at] = keptAttempts[at];
    keptPlace[at] = 0; keptHolder[at] = 0; keptScore[at] = 0; keptAttempts[at] = 0
  }
  for (at : 0 .. INCARNATIONS - 1) { lease[at] = keptLease[at]; deadline[at] = keptDeadline[at]; keptLease[at] = 0; keptDeadline[at] = 0 }
#ifdef WITHOUT_RULE_1
  issued[0] = keptIssued[0]; issued[1] = keptIssued[1]; keptIssued[0] = 0; keptIssued[1] = 0;
#endif
  at = 0;
  rollback = DONE;
  breakCalls();
  mustGrant = mustGrant || keptMustGrant;
  keptMustGrant = false;
  for (at : 0 .. INCARNATIONS - 1) { if :: deadline[at] == OVER_BY_OUTAGE && !isOwned(at) -> deadline[at] = OVER :: else fi }
  at = 0
}
#endif

proctype Redis() {
  do
  /* advance: what is due becomes ready */
  :: atomic { place[0] == SCHEDULED -> place[0] = READY; printf("advance: job 0 is due\n") }
  :: atomic { place[1] == SCHEDULED -> place[1] = READY; printf("advance: job 1 is due\n") }
  /* sweep: the first one after a long while grants an amnesty (rule 13) */
  :: atomic { mustGrant ->
      mustGrant = false;
      printf("sweep: the first one after a long while\n");
#ifndef WITHOUT_RULE_13
      for (at : 0 .. INCARNATIONS - 1) { deadline[at] = IN_TIME }
      at = 0
#endif
    }
  /* advance, fail: one that its sender has given up on */
  :: atomic { isLate -> printf("a late call of incarnation %d is executed\n", lateIncarnation); execute(lateIncarnation, lateCarries, lateNumber, lateOutcome, lateWants); noLateCall(); gotJob = 0; gotNumber = 0; gotLost = false; onePlace() }
  :: atomic { isLate -> printf("a late call is lost\n"); noLateCall() }
#ifdef ROLLBACK
  :: atomic { rollback == ONLY_KEPT -> printf("FAULT Redis comes back with what was on its disk\n"); restore(); onePlace() }
#endif
  od
}

inline stop(w) { endCalls(w); forgetRuns(w); process[w] = DOWN }

inline freeze(w) {
  printf("FAULT process %d freezes\n", w);
  process[w] = FROZEN;
  if :: deadline[incarnation[w]] == OVER_BY_OUTAGE -> deadline[incarnation[w]] = OVER :: else fi
}
inline outage() {
  printf("FAULT Redis is away for longer than any lease\n");
  mustGrant = true;
#ifdef ROLLBACK
  if :: rollback == ONLY_KEPT -> keptMustGrant = true :: else fi; /* the last sweep on the disk is older still */
#endif
  for (at : 0 .. INCARNATIONS - 1) {
    if
    :: isRegistered(at) && deadline[at] == IN_TIME && isOwned(at) -> deadline[at] = OVER_BY_OUTAGE
    :: isRegistered(at) && deadline[at] == IN_TIME && !isOwned(at) -> deadline[at] = OVER
    :: else
    fi
  }
  at = 0
}

proctype Faults() {
  do
  :: false -> skip /* LOSSES are the calls' own */
#ifdef KILLS
  /* a process is killed; its last call may still come */
  :: atomic { faults > 0 && process[0] != DOWN -> faults--; printf("FAULT process 0 is killed\n"); stop(0) }
  :: atomic { faults > 0 && isActive(0) && !isLate && isUnsent(0, 0) -> faults--; printf("FAULT process 0 is killed, its last call is under way\n"); giveUp(0, 1, phase[0]); stop(0) }
  :: atomic { faults > 0 && isActive(0) && !isLate && isUnsent(0, 1) -> faults--; printf("FAULT process 0 is killed, its last call is under way\n"); giveUp(0, 2, phase[1]); stop(0) }
  :: atomic { faults > 0 && isActive(0) && !isLate && hasRoom(0) && hasWork -> faults--; printf("FAULT process 0 is killed, its last call is under way\n"); giveUp(0, 0, NOTHING); stop(0) }
  :: atomic { faults > 0 && process[1] != DOWN -> faults--; printf("FAULT process 1 is killed\n"); stop(1) }
#endif
#ifdef FREEZES
  /* a process is frozen for longer than any lease */
  :: atomic { faults > 0 && process[0] == UP -> faults--; freeze(0) }
  :: atomic { faults > 0 && process[1] == UP -> faults--; freeze(1) }
#endif
#ifdef OUTAGES
  /* Redis is away for longer than any lease */
  :: atomic { faults > 0 && !mustGrant -> faults--; outage() }
#endif
#ifdef DRAINS
  /* SIGTERM */
  :: atomic { faults > 0 && process[0] == UP -> faults--; process[0] = DRAINING; printf("FAULT process 0 drains\n") }
#endif
#ifdef ROLLBACK
  /* from here on nothing reaches the disk */
  :: atomic { faults > 0 && rollback == 0 -> faults--; keep(); printf("FAULT from here on nothing reaches the disk of Redis\n") }
#endif
  od
}
/* nothing can happen any more: every job has come to its end */
#define hasEnded(job) (place[job] == COMPLETED || place[job] == DEAD)
init {
  atomic {
    place[0] = READY;
#ifdef ONE_JOB
    place[1] = COMPLETED;
#else
    place[1] = READY;
#endif
    lease[0] = REGISTERED; lease[1] = REGISTERED; incarnation[1] = 1;
    run Call(0); run Call(1); run Neighbour(); run Process(0); run Process(1); run Redis(); run Faults();
    for (at : 0 .. INCARNATIONS - 1) { run Reaper(at) }
    at = 0
  }
  timeout -> assert(hasEnded(0) && hasEnded(1))
}
