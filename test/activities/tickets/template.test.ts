import { describe, expect, it } from 'vitest';
import { code, inline } from '../../../activities/tickets/markdown.js';
import { SECTIONS, ticketOf } from '../../../activities/tickets/template.js';

const EVIL = '@mia <img src=x> [x](http://evil.example) #3 ``` \n## owned\u202e';
const words = (over = {}) => ({
  incident: 'INC-1',
  credential: 'AWS key AKIA…QX7 (svc-payouts)',
  summary: 'Freeze it.',
  environment: 'production',
  owner: 'payments',
  found: [EVIL],
  timeline: [{ at: '03:11:00', line: EVIL }],
  url: 'https://firebreak.example/INC-1',
  banner: '',
  ...over,
});

describe('ticketOf', () => {
  it('asks for timeline, root cause and lessons, in this order', () => {
    const { body } = ticketOf(words());
    expect(SECTIONS.map(({ heading }) => heading)).toEqual(['Timeline', 'Root cause', 'Lessons']);
    expect(body.match(/^## .*/gm)).toEqual(['## Timeline', '## Root cause', '## Lessons']);
  });

  it('begins with SANDBOX in the sandbox', () => {
    const { title, body } = ticketOf(words({ banner: 'SANDBOX' }));
    expect(title).toBe('SANDBOX INC-1: AWS key AKIA…QX7 (svc-payouts) leaked');
    expect(body.startsWith('**SANDBOX**')).toBe(true);
  });

  it('does not call a real incident unreal because it is only observed', () => {
    const { body } = ticketOf(words({ banner: 'OBSERVE' }));
    expect(body).toMatch(/^\*\*OBSERVE\*\*: Firebreak only looks and tells/);
    expect(body).not.toContain('nothing of this is real');
  });

  it('mentions nobody, links nowhere and has no section of a stranger', () => {
    const { title, body } = ticketOf(words({ credential: EVIL }));
    expect(title).not.toMatch(/[\n\u202e]/);
    expect(body).not.toMatch(/@mia|<img|(?<!\\)\]\(http:|^## owned|\u202e/m);
  });
});

describe('markdown', () => {
  it('keeps code inside its fence whatever it holds', () => {
    expect(code('a`b``c')).toBe('```a`b``c```');
    expect(code('`x')).toBe('`` `x ``');
    expect(code('')).toBe('');
  });
  it('starts no heading, list or quote', () => {
    expect(['# a', '- a', '1. a', '+ a', '> a', '=== a'].map(inline)).toEqual([
      '\\# a',
      '\\- a',
      '1\\. a',
      '\\+ a',
      '&gt; a',
      '\\=== a',
    ]);
  });
  it('is still readable', () => {
    expect(inline('ListBuckets from 185.220.101.4, user=svc-payouts')).toBe(
      'ListBuckets from 185.220.101.4, user=svc-payouts',
    );
  });
});
