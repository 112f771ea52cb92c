import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimLedger } from './claim-ledger.js';
import type { Claim, ClaimOwner, Settlement } from './claim.js';

const ACK: Settlement = { verb: 'ack', outcomeTail: '1 w\n' };
const RELEASE: Settlement = { verb: 'release', queue: 1 };
const FAIL: Settlement = { verb: 'retry', queue: 1, delayMs: 1, historyTail: '' };

describe('ClaimLedger', () => {
  let ledger: ClaimLedger;
  let owner: ClaimOwner;
  const confirmed = vi.fn<ClaimOwner['confirmed']>();

  beforeEach(() => {
    ledger = new ClaimLedger();
    confirmed.mockClear();
    owner = { confirmed, lost: () => {}, released: () => {}, cancel: () => {} };
  });

  /** Admits a claim that must start a run. */
  function start(jobId: string, number: number): Claim {
    const admission = ledger.admit(jobId, number, 'advance');
    if (typeof admission !== 'object') throw new Error(`it was not started but ${admission}`);
    admission.start.owner = owner;
    return admission.start;
  }
  /** Ends it and takes it out to be sent, as the fetcher does. */
  function send(claim: Claim, settlement: Settlement): Claim {
    ledger.end(claim, settlement);
    return sendUnsent()[0]!;
  }
  function sendUnsent(): Claim[] {
    const sent = (['advance', 'fail', 'release'] as const).flatMap((carrier) => ledger.takeUnsent(carrier, 100));
    for (const claim of sent) claim.sends++;
    return sent;
  }

  it('rule 3: holds runs under id and number: the answer to an old claim does not touch the new one', () => {
    const old = send(start('a', 1), FAIL);
    const young = start('a', 2);

    ledger.confirm(old, true, 0);

    expect(young.phase).toBe('running');
    expect(ledger.known()).toEqual([young]);
  });

  it('rule 4: starts a claim once, however often it is named', () => {
    start('a', 5);

    expect(ledger.admit('a', 5, 'sync')).toBe('known');
  });

  it('rule 4: starts nothing for a claim that is older than the newest admitted', () => {
    const claim = start('a', 5);
    const whileRunning = ledger.admit('a', 4, 'sync');
    send(claim, ACK);
    const whileUnconfirmed = ledger.admit('a', 4, 'sync');
    ledger.confirm(claim, false, 0);

    expect([whileRunning, whileUnconfirmed, ledger.admit('a', 4, 'sync')]).toEqual(['known', 'known', 'known']);
    expect(ledger.hasUnsent).toBe(false);
  });

  it('rule 4: sends the remembered outcome again when a settled claim is named', () => {
    const claim = send(start('a', 5), FAIL);
    ledger.confirm(claim, false, 0);

    const admission = ledger.admit('a', 5, 'sync');

    expect(admission).toBe('resent');
    expect(sendUnsent()).toEqual([claim]);
    expect(claim.settlement).toBe(FAIL);
  });

  it('rule 4: starts nothing for the late reply of a call whose claim a sync brought, and that is settled by now', () => {
    const admission = ledger.admit('a', 5, 'sync');
    if (typeof admission === 'object') ledger.confirm(send(admission.start, ACK), false, 0);

    expect(ledger.admit('a', 5, 'advance')).toBe('resent');
  });

  it('rule 4: remembers a settled claim for a minute at the least', () => {
    const claim = send(start('a', 5), ACK);
    ledger.confirm(claim, false, 100_000);
    for (const [at, id] of ['b', 'c', 'd'].entries())
      ledger.confirm(send(start(id, 6 + at), ACK), false, 100_001 + at * 29_999);

    expect(ledger.admit('a', 5, 'sync')).toBe('resent');
  });

  it('rule 4: forgets it some time later, so that memory stays bounded', () => {
    ledger.confirm(send(start('a', 5), ACK), false, 0);
    for (const minute of [1, 2, 3]) ledger.confirm(send(start(`m${minute}`, 6), ACK), false, minute * 60_001);

    expect(ledger.admit('a', 5, 'sync')).toHaveProperty('start');
  });

  describe('rule 4: an older claim, named by a sync that was sent after a newer one was confirmed, is what Redis went back to', () => {
    it('gets the ack of the newer one', () => {
      ledger.confirm(send(start('a', 9), ACK), true, 0);

      const admission = ledger.admit('a', 5, 'sync', ledger.confirmations);

      const again = sendUnsent();
      expect(admission).toBe('resent');
      expect(again).toMatchObject([{ jobId: 'a', number: 5, settlement: ACK }]);
      ledger.confirm(again[0]!, false, 0);
      expect(ledger.isSettled).toBe(true);
      expect(confirmed).toHaveBeenCalledOnce();
    });

    it('gets its own outcome, when the newer one did not end well', () => {
      const old = send(start('a', 5), FAIL);
      ledger.confirm(old, false, 0);
      ledger.confirm(send(start('a', 9), RELEASE), true, 0);

      const admission = ledger.admit('a', 5, 'sync', ledger.confirmations);

      expect(admission).toBe('resent');
      expect(sendUnsent()).toEqual([old]);
      ledger.confirm(old, false, 0);
      expect(ledger.isSettled).toBe(true);
    });

    it('runs again, when nothing of it is remembered', () => {
      ledger.confirm(send(start('a', 9), FAIL), true, 0);

      const admission = ledger.admit('a', 5, 'sync', ledger.confirmations);

      expect(admission).toMatchObject({ start: { jobId: 'a', number: 5, phase: 'running' } });
    });

    it('starts nothing while its own outcome is on its way', () => {
      const old = send(start('a', 5), FAIL);
      ledger.confirm(send(start('a', 9), FAIL), true, 0);

      expect(ledger.admit('a', 5, 'sync', ledger.confirmations)).toBe('known');
      expect(ledger.known()).toEqual([old]);
    });

    it('starts nothing when the sync was sent before: it told what was, not what is', () => {
      const sentAfter = ledger.confirmations;
      ledger.confirm(send(start('a', 9), FAIL), false, 0);

      expect(ledger.admit('a', 5, 'sync', sentAfter)).toBe('known');
    });
  });

  it('rule 4: a run takes over the new number when Redis lost its claim and gave it again', () => {
    const claim = start('a', 5);

    expect(ledger.admit('a', 9, 'sync')).toBe('taken-over');

    expect(claim).toMatchObject({ number: 9, phase: 'running' });
    expect(ledger.known()).toEqual([claim]);
  });

  it('rule 4: answers a newer claim of an unconfirmed ack with that ack, and tells its owner once', () => {
    const old = send(start('a', 5), ACK);

    const admission = ledger.admit('a', 9, 'sync');

    const [again] = sendUnsent();
    expect(admission).toBe('resent');
    expect(again).toMatchObject({ jobId: 'a', number: 9, settlement: ACK });
    ledger.confirm(old, true, 0);
    ledger.confirm(again!, false, 0);
    expect(confirmed.mock.calls).toEqual([[false]]);
    expect(ledger.isSettled).toBe(true);
  });

  it.each([FAIL, RELEASE])('rule 4: runs a newer claim anew after an unconfirmed $verb', (settlement) => {
    const old = send(start('a', 5), settlement);

    const young = start('a', 9);

    expect(ledger.known()).toEqual([young, old]);
    ledger.confirm(old, true, 0);
    expect(ledger.known()).toEqual([young]);
  });

  it('rule 2: gone on a first send means that Redis lost the claim', () => {
    ledger.confirm(send(start('a', 5), ACK), true, 0);

    expect(confirmed).toHaveBeenCalledExactlyOnceWith(true);
  });

  it('rule 2: gone on a resend is success', () => {
    const claim = send(start('a', 5), ACK);
    ledger.sendAgain([claim]);
    sendUnsent();

    ledger.confirm(claim, true, 0);

    expect(confirmed).toHaveBeenCalledExactlyOnceWith(false);
  });

  it('rule 5: a second answer to one settlement changes nothing', () => {
    const claim = send(start('a', 5), ACK);
    ledger.confirm(claim, false, 0);

    ledger.confirm(claim, true, 0);
    ledger.sendAgain([claim]);

    expect(confirmed).toHaveBeenCalledOnce();
    expect(ledger.hasUnsent).toBe(false);
  });

  it('rule 7: knows what runs and what is finished and unconfirmed, and nothing that is confirmed', () => {
    const running = start('a', 1);
    const unconfirmed = send(start('b', 2), ACK);
    ledger.confirm(send(start('c', 3), ACK), false, 0);

    expect(ledger.known()).toEqual([running, unconfirmed]);
  });

  it('rule 8: a claim looks forgotten when it is neither running nor unconfirmed', () => {
    start('a', 5);
    ledger.confirm(send(start('b', 6), ACK), false, 0);

    const known = [ledger.isKnown('a', 5), ledger.isKnown('a', 6), ledger.isKnown('b', 6), ledger.isKnown('c', 1)];

    expect(known).toEqual([true, false, false, false]);
  });

  it('rule 11: after a loss nothing is left to send, and every claim is named so that its run can be aborted', () => {
    const running = start('a', 1);
    const old = send(start('b', 2), FAIL);
    const young = start('b', 3);
    ledger.end(young, ACK);

    expect(ledger.abandon()).toEqual([running, young, old]);

    expect(ledger.hasUnsent).toBe(false);
    expect(ledger.isSettled).toBe(true);
  });

  it('hands out settlements by the script that carries them, in order, and no more than one call carries', () => {
    const claims = ['a', 'b', 'c', 'd'].map((id, at) => start(id, at));
    claims.forEach((claim, at) => ledger.end(claim, at === 1 ? FAIL : ACK));

    const taken = [ledger.takeUnsent('advance', 2), ledger.takeUnsent('advance', 100), ledger.takeUnsent('fail', 100)];

    expect(taken.map((call) => call.map(({ jobId }) => jobId))).toEqual([['a', 'c'], ['d'], ['b']]);
  });
});
