import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a room may import: other rooms by path prefix, packages by name; `*` = any. First matching rule counts. */
const ARROWS: { room: string; ours: string[]; packages: string[]; why: string }[] = [
  {
    room: 'playbooks/language/digest.ts',
    ours: ['playbooks/language/'],
    packages: ['node:crypto'],
    why: 'the digest needs SHA-256 and nothing else',
  },
  {
    room: 'playbooks/language/',
    ours: ['playbooks/language/'],
    packages: ['yaml', 'zod'],
    why: 'the language has no I/O and knows no other room; hand what it needs in as arguments',
  },
  {
    room: 'workflows/core/',
    ours: ['workflows/core/', 'playbooks/language/', 'activities/contract.ts'],
    packages: [],
    why: 'the core is pure; it may import types and its own files only',
  },
  {
    room: 'workflows/',
    ours: ['workflows/', 'playbooks/language/', 'activities/contract.ts'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    why: 'workflow code is deterministic; anything else belongs into an activity',
  },
  {
    room: 'activities/connectors/',
    ours: [
      'activities/connectors/',
      'activities/http/',
      'activities/secrets/secret.ts',
      'activities/contract.ts',
      'playbooks/language/',
    ],
    packages: ['@aws-sdk/*', '@smithy/*', 'zod', 'node:*'],
    why: 'a connector knows the contract, the guarded HTTP client and its vendor; never Temporal, Slack or records',
  },
  {
    room: 'activities/',
    ours: ['activities/', 'playbooks/language/', 'records/records.ts'],
    packages: ['octokit', '@octokit/*', 'nodemailer', 'zod', 'node:*', '@aws-sdk/*', '@smithy/*'],
    why: 'activities are plain functions; Temporal is wired in worker/, settings are handed in',
  },
  {
    room: 'records/',
    ours: ['records/'],
    packages: ['kysely', 'libsql', 'node:*'],
    why: 'records imports no other room',
  },
  {
    room: 'sandbox/',
    ours: ['sandbox/'],
    packages: ['*'],
    why: 'a twin must not share our code, or it would share our mistakes',
  },
  { room: 'worker/', ours: ['*'], packages: ['*'], why: 'the only place that wires' },
];

/** Files that workflow code loads at run time must not drag these in (570 KiB a workflow, facts of the SDK). */
const LANGUAGE_IN_WORKFLOWS = ['words.ts', 'plan.ts', 'sentence.ts', 'policy.ts', 'kinds.ts'];

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesOf(join(folder, entry.name))
      : entry.name.endsWith('.ts')
        ? [join(folder, entry.name)]
        : [],
  );
}

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found: { target: string; typeOnly: boolean }[] = [];
  for (const m of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'/gm)) {
    found.push({ target: m[2] as string, typeOnly: m[1] !== undefined });
  }
  for (const m of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm)) {
    found.push({ target: (m[1] ?? m[2]) as string, typeOnly: false });
  }
  return found.map(({ target, typeOnly }) =>
    target.startsWith('.')
      ? {
          target: relative(root, normalize(join(root, dirname(file), target))).replace(/\.js$/, '.ts'),
          typeOnly,
        }
      : { target: builtinModules.includes(target) ? `node:${target}` : target, typeOnly },
  );
}

const allows = (list: string[], target: string) =>
  list.some(
    (entry) =>
      entry === '*' ||
      (entry.endsWith('*')
        ? target.startsWith(entry.slice(0, -1))
        : target === entry || target.startsWith(entry.endsWith('/') ? entry : `${entry}/`)),
  );

function isOurs(target: string): boolean {
  return /^(playbooks|workflows|activities|records|worker|sandbox|test|bench)\//.test(target);
}

function brokenArrows(): string[] {
  const broken: string[] = [];
  for (const folder of ['playbooks', 'workflows', 'activities', 'records', 'worker', 'sandbox']) {
    for (const file of filesOf(folder)) {
      const rule = ARROWS.find(({ room }) => file === room || file.startsWith(room));
      if (rule === undefined) {
        broken.push(`${file} stands in no room. Move it into one of: ${ARROWS.map((r) => r.room).join(' ')}`);
        continue;
      }
      for (const { target, typeOnly } of importsOf(file)) {
        const ok = isOurs(target)
          ? allows(rule.ours, target)
          : allows(rule.packages, target.startsWith('@') ? target : (target.split('/')[0] as string)) ||
            allows(rule.packages, target);
        if (!ok)
          broken.push(`${file} imports ${target}, but ${rule.why}. Fix: ${rule.ours.join(', ')} are open to it.`);
        if (
          file.startsWith('workflows/') &&
          !typeOnly &&
          target.startsWith('playbooks/language/') &&
          !LANGUAGE_IN_WORKFLOWS.some((name) => target.endsWith(`/${name}`))
        ) {
          broken.push(
            `${file} loads ${target} in workflow code, which would load zod. Fix: import type, or ${LANGUAGE_IN_WORKFLOWS.join(', ')}.`,
          );
        }
      }
    }
  }
  return broken;
}

describe('the arrows of the house', () => {
  it('point only where docs/architecture.md says', () => {
    expect(brokenArrows()).toEqual([]);
  });
  it('are read from real files: the scan sees the imports that it judges', () => {
    expect(importsOf('test/arrows.test.ts').map((i) => i.target)).toContain('node:fs');
    expect(filesOf('playbooks').length).toBeGreaterThan(2);
  });
});
