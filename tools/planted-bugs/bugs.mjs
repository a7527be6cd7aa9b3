// Bugs that somebody could write, each with the test that must catch it. `find` stands exactly once in `file`.
// `npm run planted` plants them one at a time in a copy of the tree; test/planted-bugs.test.ts keeps them from rotting.

/** @type {import('./bugs.mjs').PlantedBug[]} */
export const BUGS = [
  // ---- once
  {
    name: 'no-intent',
    why: 'Sent before it is recorded: a process that dies in between has changed the world without a trace, and undo finds nothing.',
    file: 'activities/begin-effect.ts',
    edits: [
      [
        'const begun = await seams.effects.begin(request);',
        "if (mode === 'repeat' && !undoing) await effect.intent.change.apply(request.args, { signedAt: begunAt, signal: AbortSignal.timeout(8_000) });\n  const begun = await seams.effects.begin(request);",
      ],
    ],
    test: {
      file: 'test/activities/apply-effect.test.ts',
      name: 'contain > intent: leaves a trace of what it was about to do when it dies after the provider did it',
    },
  },
  {
    name: 'retry-on-unknown',
    why: 'No answer is not a no: the create may have worked, and sending it again makes a second live key that nobody holds.',
    file: 'activities/apply-effect.ts',
    edits: [
      ['const answer = await change.apply(row.args, {', 'const once = () => change.apply(row.args, {'],
      [
        'signal: deadline(rules.deadlineMs) });',
        "signal: deadline(rules.deadlineMs) });\n  let answer = await once();\n  if (answer.kind === 'unknown') answer = await once();",
      ],
    ],
    test: {
      file: 'test/activities/apply-effect-replace.test.ts',
      name: 'replace > wait_own: makes no second key while the first request may still arrive',
    },
  },
  {
    name: 'unknown-is-a-no',
    why: 'A 500 or a lost answer taken for "nothing happened": what was done is neither proven nor undone.',
    file: 'activities/connectors/aws-access-key/errors.ts',
    edits: [
      [
        "  if (fault.code === 'unavailable' || fault.code === 'unexpected-answer') return { kind: 'unknown', reason };\n",
        '',
      ],
    ],
    test: {
      file: 'test/activities/connectors/aws-access-key.test.ts',
      name: 'what AWS says, and what it means > never says that nothing happened when AWS may have done it',
    },
  },
  {
    name: 'sdk-retries',
    why: 'A retry below the record is a double effect: the SDK asks three times, and each may make a key.',
    file: 'activities/connectors/aws-access-key/accounts.ts',
    edits: [['        credentials,\n        maxAttempts: 1,', '        credentials,\n        maxAttempts: 3,']],
    test: {
      file: 'test/activities/connectors/aws-access-key.test.ts',
      name: 'connector: aws-access-key > sends once: an error that hides a success makes no second one',
    },
  },
  {
    name: 'key-with-run-id',
    why: 'After a Temporal reset the run has another id: the effect does not meet its own row, and is done again.',
    file: 'activities/effect-key.ts',
    edits: [
      [
        'return `${incident}/${step}/${verb}/${target}/${generation}`;',
        'return `${incident}/${step}/${verb}/${target}@${process.pid}/${generation}`;',
      ],
    ],
    test: {
      file: 'test/activities/effect-key.test.ts',
      name: "the key > of a known effect never changes: 'INC-142/contain.disable/disable/aws-a…'",
    },
  },
  {
    name: 'epoch-not-checked',
    why: 'An attempt that was overtaken writes its end over the newer one: done, with a key that was switched off meanwhile.',
    file: 'records/statements.ts',
    edits: [
      [
        "WHERE key = $key AND epoch = $epoch AND state = 'intent' RETURNING *",
        "WHERE key = $key AND state = 'intent' RETURNING *",
      ],
    ],
    test: {
      file: 'test/records/open-records.test.ts',
      name: 'records: embedded file > effects > lets only the newest attempt finish',
    },
  },
  {
    name: 'quiet-at-ignored',
    why: 'A second attempt begins while a request of the first may still arrive: two keys, one of them unknown to all.',
    file: 'records/statements.ts',
    edits: [[" AND ($mode = 'repeat' OR effects.quiet_at <= $looked)\nRETURNING *", '\nRETURNING *']],
    test: {
      file: 'test/activities/apply-effect-replace.test.ts',
      name: 'replace > looked_after: a list that was taken before it was quiet does not count',
    },
  },
  {
    name: 'signed-by-the-clock-of-the-send',
    why: 'A process that wakes up late signs a fresh request: the provider takes it long after everything was settled.',
    file: 'activities/apply-effect.ts',
    edits: [['{ signedAt: begunAt, signal', '{ signedAt: seams.clock.now(), signal']],
    test: {
      file: 'test/activities/apply-effect.test.ts',
      name: 'contain > signed_at_begin: a process that stalls between its begin and its send signs with its begin',
    },
  },
  {
    name: 'lost-row-says-done',
    why: 'Who lost the row tells the workflow what he did instead of what the row says: done, though it was undone.',
    file: 'activities/apply-effect.ts',
    edits: [
      [
        'const now = finished ?? (await seams.effects.read(effect.key));',
        'const now = finished ?? { ...row, state: verdict.state, outcome: { line: verdict.line } };',
      ],
    ],
    test: {
      file: 'test/activities/apply-effect.test.ts',
      name: 'contain > finish_cas, lost_returns_row: an attempt that lost its row says what the row says',
    },
  },
  {
    name: 'stray-not-disabled',
    why: 'The answer of a create was lost: the key lives, nobody holds its secret, and nobody switches it off.',
    file: 'activities/apply-effect.ts',
    edits: [['for (const item of items.filter(({ active }) => active)) {', 'for (const item of items.slice(0, 0)) {']],
    test: {
      file: 'test/activities/apply-effect-replace.test.ts',
      name: 'replace > strays, strays_off: switches off the key whose answer was lost before it makes another, and deletes nothing',
    },
  },
  {
    name: 'looks-contained-so-leave-it',
    why: 'The look may be older than whoever has just switched it on again: reported contained, never touched.',
    file: 'activities/effect-rules.ts',
    edits: [
      [
        "contain: { mode: 'repeat', deadlineMs: 8_000, blind: true, decide: () => undefined,",
        "contain: { mode: 'repeat', deadlineMs: 8_000, blind: true, decide: ({ seen, row }) => seen !== null && sameJson(seen.state, row.args) ? done('it was so already') : undefined,",
      ],
    ],
    test: {
      file: 'test/activities/apply-effect.test.ts',
      name: 'contain > set_anyway: sends even if it looks contained already',
    },
  },
  {
    name: 'settle-enables',
    why: 'Settling an undo that nobody finished switches the leaked key on again, with no person and no workflow asking.',
    file: 'activities/settle.ts',
    edits: [
      [
        '  const verdict = judge(effect, attempt.row, attempt.seen, strays);',
        '  await effect.intent.change.apply(attempt.row.args, { signedAt: attempt.begunAt, signal: AbortSignal.timeout(8_000) });\n  const verdict = judge(effect, attempt.row, attempt.seen, strays);',
      ],
    ],
    test: {
      file: 'test/activities/settle-row.test.ts',
      name: 'ends the undo of an incident that nobody runs, without enabling anything',
    },
  },
  {
    name: 'sealed-secret-dropped-early',
    why: 'Dropped before it was read back from the store: if something else stands there, the new key has no secret any more.',
    file: 'activities/rotate.ts',
    edits: [
      [
        '  const back = await reading(',
        '  await seams.effects.dropSealed(replace.key, seams.clock.now());\n  const back = await reading(',
      ],
    ],
    test: {
      file: 'test/activities/rotate.test.ts',
      name: 'rotate > keeps the secret sealed and asks a person when something else is read back',
    },
  },
  {
    name: 'store-overwrites-newer',
    why: 'A late hand-over replaces the secret that a newer rotation has stored: the service reads a dead key.',
    file: 'activities/secrets/encrypted-file.ts',
    edits: [
      [
        "        if (slot.now !== null && slot.now.id !== replaces)\n          return { result: 'conflict', version: String(slot.now.version) };\n",
        '',
      ],
    ],
    test: {
      file: 'test/activities/secrets/encrypted-file.test.ts',
      name: 'secret store: encrypted file > never overwrites a value that is newer than the one being replaced',
    },
  },

  // ---- undo
  {
    name: 'undo-registered-after-the-act',
    why: 'An effect whose end is not known is not in the list of what to undo: the key stays off after a false alarm.',
    file: 'workflows/core/apply.ts',
    edits: [
      ['    if (isEffect(step)) {\n      run.begun += 1;', '    if (false as boolean) {\n      run.begun += 1;'],
      [
        '  if (outcome.ok) {\n    succeed(run, step, outcome.value as StepResult, at);',
        '  if (outcome.ok) {\n    run.begun += 1;\n    if (isEffect(step)) runOf(run, step.id).begun = { order: run.begun, generation: call.generation };\n    succeed(run, step, outcome.value as StepResult, at);',
      ],
    ],
    test: {
      file: 'test/workflows/core/undo.test.ts',
      name: 'a false alarm > undoes an effect of which nobody knows how it ended',
    },
  },
  {
    name: 'undo-closes-nothing',
    why: 'A late attempt of what was undone does not find its row closed, and switches the good key off again.',
    file: 'activities/apply-effect.ts',
    edits: [
      [
        'const forward = await effects.close(undoes, effect.incident, target, effect.intent.class, effect.key, now);',
        'const forward = (await effects.read(undoes)) ?? (await effects.close(undoes, effect.incident, target, effect.intent.class, effect.key, now));',
      ],
    ],
    test: {
      file: 'test/activities/apply-effect-undo.test.ts',
      name: 'undo of contain > undone_said: a reset run hears "undone", never the old "done"',
    },
  },
  {
    name: 'undo-in-forward-order',
    why: 'What was done last must be taken back first: else the key works again while its sessions are still cut by us.',
    file: 'workflows/core/undo.ts',
    edits: [
      [
        'runOf(run, b.id).begun!.order - runOf(run, a.id).begun!.order',
        'runOf(run, a.id).begun!.order - runOf(run, b.id).begun!.order',
      ],
    ],
    test: {
      file: 'test/workflows/core/undo.test.ts',
      name: 'a false alarm > brings back containment latest first, proves it, then takes the replacement away, then corrects what was told',
    },
  },
  {
    name: 'pre-image-ignored',
    why: 'Undo as the opposite verb: a key that was switched off before us is on after our "undo".',
    file: 'activities/begin-effect.ts',
    edits: [['return effect.intent.argsFor ? effect.intent.argsFor(before.state) : before.state;', "return 'Active';"]],
    test: {
      file: 'test/activities/apply-effect-undo.test.ts',
      name: 'undo of contain > asks the connector how the old state is set again',
    },
  },
  {
    name: 'pre-image-of-the-retry',
    why: 'A retry sees our own change and records it as what was there before us: undo then restores the containment.',
    file: 'records/statements.ts',
    edits: [['attempts = effects.attempts + 1,', 'attempts = effects.attempts + 1, before = excluded.before,']],
    test: {
      file: 'test/activities/apply-effect.test.ts',
      name: 'contain > preimage, first_wins: keeps the state before the first attempt when a retry looks at our own change',
    },
  },
  {
    name: 'undo-overwrites-others',
    why: 'Somebody changed it after us, on purpose: writing our old picture over it destroys their work.',
    file: 'activities/effect-rules.ts',
    edits: [
      [
        "return { state: 'needs_human', line: 'somebody changed it since; we left it alone. A person has to decide' };",
        'return undefined;',
      ],
    ],
    test: {
      file: 'test/activities/apply-effect-undo.test.ts',
      name: 'undo of contain > threeway: leaves alone what somebody else has changed since',
    },
  },
  {
    name: 'late-undo-under-a-new-contain',
    why: 'The undo of one incident switches on what another incident has contained since.',
    file: 'records/statements.ts',
    edits: [["$mode = 'wait' AND e.class = 'contain'", "$mode = 'wait' AND e.class = 'none'"]],
    test: {
      file: 'test/activities/apply-effect-undo.test.ts',
      name: 'undo of contain > held: does not enable what another incident has contained since',
    },
  },
  {
    name: 'false-alarm-by-nobody',
    why: 'A workflow that was reset or forged switches the leaked key on again though no person called it a false alarm.',
    file: 'activities/undo.ts',
    edits: [['  await requireFalseAlarm(seams.records, plan);\n', '']],
    test: {
      file: 'test/activities/undo.test.ts',
      name: 'undo without a false alarm in records > leaves a leaked key off: nobody called it one',
    },
  },

  // ---- people decide
  {
    name: 'requester-may-decide',
    why: 'Who opened the incident approves it too: four eyes are two.',
    file: 'workflows/core/refuse.ts',
    edits: [['  if (person === run.requester) {', '  if (person === run.requester && false) {']],
    test: { file: 'test/workflows/core/questions.test.ts', name: 'who may not decide > whoever started it (yes)' },
  },
  {
    name: 'requester-counts-at-the-effect',
    why: 'The same below the workflow: the process that holds the credentials must not believe a workflow that let it pass.',
    file: 'activities/covering-decision.ts',
    edits: [['      person !== requester && person', '      person']],
    test: { file: 'test/activities/covering-decision.test.ts', name: 'requireDecision > does not count the requester' },
  },
  {
    name: 'subject-may-decide',
    why: 'Whose own key it is decides about it: the insider approves.',
    file: 'workflows/core/refuse.ts',
    edits: [
      [
        '  if (person === run.plan.facts.subject.value)\n    return no(',
        '  if (person === run.plan.facts.subject.value && false)\n    return no(',
      ],
    ],
    test: {
      file: 'test/workflows/core/questions.test.ts',
      name: 'who may not decide > the person whose own credential it is, not even to end it',
    },
  },
  {
    name: 'one-person-fills-two-places',
    why: 'One person in two roles is counted as two people.',
    file: 'activities/covering-decision.ts',
    edits: [
      [
        '      if (taken !== undefined && !seat(taken, tried)) return false;\n      seatOf.set(who, index);',
        '      seatOf.set(who, taken ?? index);',
      ],
    ],
    test: {
      file: 'test/activities/covering-decision.test.ts',
      name: 'requireDecision > refuses one person who fills both places',
    },
  },
  {
    name: 'deny-does-not-win',
    why: 'Somebody who is asked said no, and it is done all the same because others said yes.',
    file: 'activities/covering-decision.ts',
    edits: [["if (heard.some((row) => row.answer === 'no')) {", 'if (false as boolean) {']],
    test: {
      file: 'test/activities/covering-decision.test.ts',
      name: 'requireDecision > lets a no win over a full yes',
    },
  },
  {
    name: 'a-no-after-yes-is-late',
    why: 'Between the last yes and the act a person may still stop it; refusing that no destroys against a word that came in time.',
    file: 'workflows/core/refuse.ts',
    edits: [["if (isAsk(step) && state === 'done' && message.answer === 'no') {", 'if (false as boolean) {']],
    test: {
      file: 'test/workflows/core/questions.test.ts',
      name: 'a no > wins over a full yes until the step has begun',
    },
  },
  {
    name: 'older-generation-accepted',
    why: 'A yes to the first try counts for the second, which nobody has looked at.',
    file: 'activities/covering-decision.ts',
    edits: [['      row.generation === generation &&\n', '']],
    test: {
      file: 'test/activities/covering-decision.test.ts',
      name: 'requireDecision > does not count a yes to an earlier generation or to another plan',
    },
  },
  {
    name: 'refused-decision-counted',
    why: 'What the engine has refused stands in records too; counting it lets anybody approve.',
    file: 'activities/covering-decision.ts',
    edits: [["      row.outcome !== 'refused',\n", '      true,\n']],
    test: {
      file: 'test/activities/covering-decision.test.ts',
      name: 'requireDecision > does not count what the workflow refused',
    },
  },
  {
    name: 'rejected-update-counted',
    why: 'The validator says no to the person, and the state changes as if it had said yes.',
    file: 'workflows/core/apply.ts',
    edits: [['if (refuse(run, fact.message, fact.at) === undefined) obey(', 'obey(']],
    test: {
      file: 'test/workflows/core/questions.test.ts',
      name: 'who may not decide > whoever was refused, though the answer reaches the state all the same',
    },
  },
  {
    name: 'plan-digest-not-checked',
    why: 'People approved one plan and another one is carried out.',
    file: 'activities/pinned-plan.ts',
    edits: [['if (row.planDigest !== call.digest) {', 'if (false as boolean) {']],
    test: {
      file: 'test/activities/act.test.ts',
      name: 'act, asked by a workflow that lies > changes nothing for another plan',
    },
  },
  {
    name: 'destroy-without-a-covering-decision',
    why: 'A workflow that was reset to before the question, or forged, deletes the key without anybody having said yes.',
    file: 'activities/act.ts',
    edits: [
      [
        '    await requireDecision(seams.records,',
        "    if (step.class !== 'destroy') await requireDecision(seams.records,",
      ],
    ],
    test: {
      file: 'test/activities/act.test.ts',
      name: 'act, asked by a workflow that lies > destroys nothing that people were not asked about',
    },
  },
  {
    name: 'protected-not-refused-at-the-effect',
    why: 'The break-glass user is switched off because a page forgot to say that it must not be.',
    file: 'activities/act.ts',
    edits: [['    refuseProtected(seams.protected, plan.credential);\n', '']],
    test: {
      file: 'test/activities/act.test.ts',
      name: 'act, asked by a workflow that lies > touches nobody who is protected, though a person said yes',
    },
  },
  {
    name: 'retry-by-the-workflow',
    why: 'A generation that no person asked for makes the change anew: a loop in a workflow mints key after key.',
    file: 'activities/act.ts',
    edits: [['  await requireRetries(seams.records, plan, call.step, call.generation);\n', '']],
    test: {
      file: 'test/activities/act.test.ts',
      name: 'act, asked by a workflow that lies > makes no change anew that no person had tried again',
    },
  },
  {
    name: 'deadline-relative',
    why: 'Each wake-up gives the tier its whole time again: a question that is held, or whose process restarts, never ends.',
    file: 'workflows/core/ready.ts',
    edits: [
      [
        'waitsForResume(run, step) ? undefined : asking.until];',
        'waitsForResume(run, step) ? undefined : now + step.withinSeconds * 1000];',
      ],
    ],
    test: {
      file: 'test/workflows/core/questions.test.ts',
      name: 'silence > ends at the same moment however often it is asked when it ends',
    },
  },
  {
    name: 'decision-told-before-it-is-recorded',
    why: 'The workflow acts on an answer that is nowhere on disk: after a crash nobody can say who decided.',
    file: 'worker/dispatcher/decision-door.ts',
    edits: [
      [
        '        await records.decisions.give(decision);\n',
        "        const told = await doors.temporal.control(decision.incident, messageOf({ ...decision, outcome: 'given', refusal: '' }));\n        await records.decisions.give(decision);\n        if (told.outcome === 'counted') await records.decisions.settle(decision.id, 'counted', '', clock.now());\n",
      ],
    ],
    test: {
      file: 'test/worker/api/decisions.test.ts',
      name: 'an answer > is on disk before the workflow hears of it, and is settled after',
    },
  },

  {
    name: 'later-word-overtakes-a-stored-one',
    why: 'A false alarm waits in records while Temporal is down; a yes said after it is heard first, and the key is deleted.',
    file: 'worker/dispatcher/decision-door.ts',
    edits: [
      [
        'inLine(decision.incident, () => passAll(decision.incident));',
        "inLine(decision.incident, async () => new Map([[decision.id, await pass({ ...decision, outcome: 'given', refusal: '' })]]));",
      ],
    ],
    test: {
      file: 'test/worker/dispatcher/dispatcher.test.ts',
      name: 'lets no later word overtake one that is stored: nothing is deleted over a false alarm',
    },
  },
  {
    name: 'reconciler-settles-what-runs',
    why: 'It ends the effect of a live workflow under its hands: the workflow is told that a person must look at what was going well.',
    file: 'worker/dispatcher/reconcile.ts',
    edits: [['      if (runs && !(await isLeftBehind(row))) continue;\n', '']],
    test: {
      file: 'test/worker/dispatcher/reconcile.test.ts',
      name: 'leaves what runs alone, and its open effects too, even if the index of Temporal has lost it',
    },
  },
  {
    name: 'settled-before-it-is-quiet',
    why: 'What is offered for settling may still be under way: the look sees nothing, and the request lands after the verdict.',
    file: 'records/effects.ts',
    edits: [["          .where('quiet_at', '<=', now)\n", '']],
    test: {
      file: 'test/records/open-records.test.ts',
      name: 'records: embedded file > effects > offers what nobody finished, once it is quiet',
    },
  },
  {
    name: 'ancestor-not-refused',
    why: 'Two keys that made each other open incidents about each other for ever, each waiting for the other to be contained.',
    file: 'records/inbox.ts',
    edits: [["  if (ancestor !== undefined) return { incident: '', joined: false, ancestor };\n", '']],
    test: {
      file: 'test/records/open-records.test.ts',
      name: 'children in records: embedded file > refuses an ancestor, alive or closed, however far above',
    },
  },

  // ---- what is planned
  {
    name: 'observe-changes-something',
    why: 'Observing is the promise to look only; the plan itself must leave every change out.',
    file: 'playbooks/language/bind.ts',
    edits: [['if (!this.runs(step, mode)) return', 'if (false as boolean) return']],
    test: {
      file: 'test/playbooks/language/bind.test.ts',
      name: 'modes > observe by looking and telling, and say so on everything else',
    },
  },
  {
    name: 'observe-not-checked-at-the-effect',
    why: 'The plan leaves the step out and the activity does it all the same, if a workflow asks.',
    file: 'activities/act.ts',
    edits: [['if (step.skip !== undefined) {', 'if (false as boolean) {']],
    test: {
      file: 'test/activities/act.test.ts',
      name: 'does nothing that the plan leaves out, such as a change in mode observe',
    },
  },
  {
    name: 'page-weakens-policy',
    why: 'A page that asks for less than settings do wins: whoever writes pages decides who decides.',
    file: 'playbooks/language/gates.ts',
    edits: [
      ['places[role] = Math.max(count, Object.hasOwn(places, role) ? places[role]! : 0);', 'places[role] = count;'],
    ],
    test: {
      file: 'test/playbooks/language/laws.test.ts',
      name: 'every bound plan > asks before each change at least what each matching row, the page and the mode ask',
    },
  },
  {
    name: 'closes-over-an-open-matter',
    why: 'Something failed, nobody has settled it, and the key is deleted and the incident closed over it.',
    file: 'workflows/core/order.ts',
    edits: [["return state === 'failed' && settled !== true && !onlyReported(step);", 'return false;']],
    test: {
      file: 'test/workflows/core/order.test.ts',
      name: 'a failure > that no proof settles holds at the door of close until a person skips it',
    },
  },
  {
    name: 'one-refusal-proves-death',
    why: 'Providers go on saying yes for a while, from some of their machines: one refusal proves nothing.',
    file: 'activities/prove.ts',
    edits: [
      ['if (run.length >= needed.looks && spreadMs >= needed.spreadSeconds * 1_000) {', 'if (run.length >= 1) {'],
    ],
    test: {
      file: 'test/activities/judge-looks.test.ts',
      name: 'judging the looks of a proof > does not believe one refusal, nor three at once',
    },
  },

  // ---- alerts
  {
    name: 'alert-acknowledged-before-it-is-stored',
    why: 'The sender has its 202 and never sends again; a crash in between has lost the alert.',
    file: 'worker/intake/routes.ts',
    edits: [
      [
        'receipt = await takeAlert(',
        "receipt = { incident: 'INC-1', joined: false, duplicate: false };\n      takeAlert(",
      ],
    ],
    test: {
      file: 'test/worker/intake/take-alert.test.ts',
      name: 'tells no sender that an alert is taken which could not be stored',
    },
  },
  {
    name: 'duplicate-delivery-opens-a-second-incident',
    why: 'Senders deliver again until they hear us; each delivery would count, and open anew after the end.',
    file: 'worker/intake/github.ts',
    edits: [
      ['return { verified: true, key: `${delivery}:', 'return { verified: true, key: `${delivery}:${Math.random()}:'],
    ],
    test: {
      file: 'test/worker/intake/hooks.test.ts',
      name: 'GitHub > is answered alike when it delivers again, and nothing is started',
    },
  },
  {
    name: 'claim-not-unique',
    why: 'Two processes take alerts about one key at once and both open an incident: two responses that fight each other.',
    file: 'records/migrations.ts',
    edits: [['CREATE UNIQUE INDEX claims_live', 'CREATE INDEX claims_live']],
    test: {
      file: 'test/records/claims.test.ts',
      name: 'a second live claim of one credential is refused by the database itself',
    },
  },
  {
    name: 'claim-freed-before-the-close-is-written',
    why: 'A new alert opens a new incident while the old one has no end in the record; a crash leaves it so.',
    file: 'activities/close-incident.ts',
    edits: [
      [
        '  await Promise.all([\n',
        '  await records.incidents.close(incident, as, at, joinedTo);\n  await Promise.all([\n',
      ],
    ],
    test: {
      file: 'test/activities/close-incident.test.ts',
      name: 'has written how it ended when it lets go of the credential',
    },
  },
  {
    name: 'replay-guard-off',
    why: 'A captured alert, sent again weeks later, freezes a key that is long replaced.',
    file: 'worker/intake/standard.ts',
    edits: [["      if (ageSeconds > WINDOW_SECONDS) return { verified: false, reason: 'timestamp-old' };\n", '']],
    test: {
      file: 'test/worker/intake/hooks.test.ts',
      name: 'Standard Webhooks > refuses what is six minutes old, though it is signed',
    },
  },

  // ---- secrets
  {
    name: 'secret-in-an-error',
    why: 'Providers quote what they were sent: their text in our error is in logs, history and tickets for ever.',
    file: 'activities/connectors/aws-access-key/errors.ts',
    edits: [
      [
        '`cannot ${tried}: ${fault.code} (${fault.name}); ',
        '`cannot ${tried}: ${fault.code} (${(error as Error).message}); ',
      ],
    ],
    test: {
      file: 'test/activities/connectors/aws-access-key.test.ts',
      name: 'what AWS says, and what it means > never repeats what an error says, whatever it says',
    },
  },
  {
    name: 'secret-kept-in-the-alert',
    why: 'Senders quote the leaked value in their summary; stored as it came it is readable in the records.',
    file: 'worker/intake/take-alert.ts',
    edits: [['body: Alert.parse(secret === undefined ? alert : without(secret, alert)),', 'body: Alert.parse(alert),']],
    test: {
      file: 'test/worker/intake/take-alert.test.ts',
      name: 'takes a leaked value out of every field that quotes it',
    },
  },
];
