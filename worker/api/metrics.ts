import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Records } from '../../records/records.js';
import { openIncidents } from '../open-incidents.js';

export interface Metrics {
  intakeAnswered(source: string, result: string, status: number, tookMs: number): void;
  decided(control: string, outcome: string): void;
  /** From an alert's arrival to Temporal's yes, ms; `opened` or `joined`. */
  told(how: 'opened' | 'joined', lagMs: number): void;
  /** What somebody did in Slack, and how long Slack waited to be acknowledged, ms. */
  heard(kind: string, result: string, ackMs: number): void;
  /** Prometheus text. */
  text(): Promise<string>;
}

/** Every metric, as docs/metrics.md and Prometheus have it. Labels are closed sets: no ids, no people. */
export const METRICS = {
  firebreak_intake_answers_total: {
    labels: ['source', 'result', 'status'],
    help: 'Deliveries by source, what became of them and the HTTP status that said so.',
  },
  firebreak_intake_answer_seconds: {
    labels: ['source', 'status'],
    help: 'From the request to the answer. Before a 202 the delivery was committed to disk.',
  },
  firebreak_dispatch_lag_seconds: {
    labels: ['how'],
    help: "From the arrival of an alert to Temporal's yes: `opened` by the start of the workflow, `joined` by a signal.",
  },
  firebreak_waiting: {
    labels: ['what'],
    help: 'What Firebreak itself has still to do: `incidents` to start, joined `alerts` to look at, `decisions` to pass on.',
  },
  firebreak_waiting_seconds: { labels: ['what'], help: 'Age of the oldest of these; 0 when nothing waits.' },
  firebreak_decisions_total: {
    labels: ['control', 'outcome'],
    help: 'Answers and controls by people: counted, refused, or stored until Temporal is back.',
  },
  firebreak_slack_heard_total: {
    labels: ['kind', 'result'],
    help: 'What people did in Slack, by kind: taken, again (a replay, which does nothing), outsider, unknown, not-stored.',
  },
  firebreak_slack_ack_seconds: {
    labels: ['kind'],
    help: 'From hearing it to the acknowledgement; Slack shows people a failure after 3 s. Before it what was done was committed to disk.',
  },
  firebreak_incidents_open: { labels: ['stage'], help: 'Open incidents by stage.' },
} as const;

export const METRICS_TO_WATCH = [
  '`firebreak_waiting_seconds` above a minute: Temporal does not answer, or Firebreak does not reach it. Alerts are still',
  'taken and answered by 202; incidents start when it is back. `status="503"` in `firebreak_intake_answers_total`: the records',
  'are locked, full or out of reach, nothing was acknowledged, and senders have to send again. `result="not-stored"` in',
  '`firebreak_slack_heard_total`: the same, and the people who pressed were told so.',
];

const ANSWER_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const LAG_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 1_800];

/** Counters of this process, and gauges read from the records when asked. */
export function createMetrics(records: Records, clock: { now(): number }): Metrics {
  const registry = new Registry();
  const named = <N extends keyof typeof METRICS>(name: N) => ({
    name,
    help: METRICS[name].help.replaceAll('`', ''),
    labelNames: METRICS[name].labels,
    registers: [registry],
  });
  const answers = new Counter(named('firebreak_intake_answers_total'));
  const answerTimes = new Histogram({
    ...named('firebreak_intake_answer_seconds'),
    buckets: ANSWER_BUCKETS,
  });
  const decisions = new Counter(named('firebreak_decisions_total'));
  const lag = new Histogram({
    ...named('firebreak_dispatch_lag_seconds'),
    buckets: LAG_BUCKETS,
  });
  const heard = new Counter(named('firebreak_slack_heard_total'));
  const acks = new Histogram({ ...named('firebreak_slack_ack_seconds'), buckets: ANSWER_BUCKETS });
  const waiting = new Gauge(named('firebreak_waiting'));
  const waitingSeconds = new Gauge(named('firebreak_waiting_seconds'));
  const open = new Gauge(named('firebreak_incidents_open'));

  /** The records, read once for each scrape. */
  async function read(): Promise<void> {
    const now = clock.now();
    for (const [what, { count, since = now }] of Object.entries(await records.waiting())) {
      waiting.set({ what }, count);
      waitingSeconds.set({ what }, Math.max(0, now - since) / 1_000);
    }
    open.reset();
    for await (const { stage } of openIncidents(records)) open.inc({ stage });
  }

  return {
    intakeAnswered(source, result, status, tookMs) {
      answers.inc({ source, result, status });
      answerTimes.observe({ source, status }, tookMs / 1_000);
    },
    decided: (control, outcome) => decisions.inc({ control, outcome }),
    heard(kind, result, ackMs) {
      heard.inc({ kind, result });
      if (result !== 'outsider') acks.observe({ kind }, ackMs / 1_000);
    },
    told: (how, lagMs) => lag.observe({ how }, lagMs / 1_000),
    async text() {
      await read();
      return registry.metrics();
    },
  };
}
