import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Records } from '../../records/records.js';

export interface Metrics {
  intakeAnswered(source: string, result: string): void;
  decided(control: string, outcome: string): void;
  /** From an alert's arrival to Temporal's yes, ms. */
  started(lagMs: number): void;
  /** Prometheus text. */
  text(): Promise<string>;
}

/** Counters of this process, and gauges read from the records when asked. Labels are closed sets: no ids, no people. */
export function createMetrics(records: Records, clock: { now(): number }): Metrics {
  const registers = [new Registry()];
  const answers = new Counter({
    name: 'firebreak_intake_answers_total',
    help: 'Deliveries by source and what became of them.',
    labelNames: ['source', 'result'],
    registers,
  });
  const decisions = new Counter({
    name: 'firebreak_decisions_total',
    help: 'Answers and controls by people: counted, refused, or stored until Temporal is back.',
    labelNames: ['control', 'outcome'],
    registers,
  });
  const lag = new Histogram({
    name: 'firebreak_dispatch_lag_seconds',
    help: 'From the arrival of the alert that opened an incident to the start of its workflow.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
    registers,
  });
  new Gauge({
    name: 'firebreak_inbox_waiting_seconds',
    help: 'Age of the oldest alert that no workflow knows of; 0 when there is none.',
    registers,
    async collect() {
      const [unstarted, unsettled] = await Promise.all([records.incidents.unstarted(1), records.inbox.unsettled(1)]);
      const since = [...unstarted.map(({ openedAt }) => openedAt), ...unsettled.map(({ receivedAt }) => receivedAt)];
      this.set(since.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...since)) / 1_000);
    },
  });
  new Gauge({
    name: 'firebreak_incidents_open',
    help: 'Open incidents by stage.',
    labelNames: ['stage'],
    registers,
    async collect() {
      this.reset();
      for await (const { stage } of openIncidents(records)) this.inc({ stage });
    },
  });
  return {
    intakeAnswered: (source, result) => answers.inc({ source, result }),
    decided: (control, outcome) => decisions.inc({ control, outcome }),
    started: (lagMs) => lag.observe(lagMs / 1_000),
    text: () => (registers[0] as Registry).metrics(),
  };
}

async function* openIncidents(records: Records): AsyncGenerator<{ stage: string }> {
  const limit = 200;
  for (let before: number | undefined; ; ) {
    const page = await records.incidents.list({ state: 'open', limit, ...(before === undefined ? {} : { before }) });
    yield* page;
    before = page.at(-1)?.number;
    if (page.length < limit) return;
  }
}
