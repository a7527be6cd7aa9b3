import { describe, expect, it } from 'vitest';
import { Agenda } from '../../../worker/cases/agenda.js';

describe('virtual time', () => {
  it('plays by the clock, and what stands at one moment in the order in which it was said', async () => {
    const agenda = new Agenda(1_000);
    const played: string[] = [];
    const note = (name: string) => async () => void played.push(`${name} ${agenda.now()}`);
    agenda.add(3_000, note('late'));
    agenda.add(2_000, async () => {
      await note('first')();
      agenda.add(0, note('what is past is now'));
    });
    agenda.add(2_000, note('second'));
    await agenda.play(10);
    expect(played).toEqual(['first 2000', 'second 2000', 'what is past is now 2000', 'late 3000']);
  });

  it('gives up on a story that never comes to rest', async () => {
    const agenda = new Agenda(0);
    const again = async (): Promise<void> => agenda.add(agenda.now() + 1, again);
    await again();
    await expect(agenda.play(100)).rejects.toThrow('it does not come to rest: 100 events');
  });
});
