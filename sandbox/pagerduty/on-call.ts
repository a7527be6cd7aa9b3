export interface PagerUser {
  id: string;
  name: string;
  email: string;
}

/** One turn of duty; without an end it lasts. */
export interface Shift {
  user: string;
  from: number;
  to?: number;
  level: number;
}

export interface Schedule {
  id: string;
  name: string;
  shifts: Shift[];
}

/** Users and schedules, and who is on call at what time. */
export class OnCall {
  readonly users = new Map<string, PagerUser>();
  readonly schedules = new Map<string, Schedule>();

  addUser(user: PagerUser): void {
    this.users.set(user.id, user);
  }

  addSchedule(schedule: { id: string; name: string }): void {
    this.schedules.set(schedule.id, { ...schedule, shifts: [] });
  }

  addShift(schedule: string, shift: { user: string; from: number; to?: number; level?: number }): void {
    this.#schedule(schedule).shifts.push({ level: 1, ...shift });
  }

  /** From now on these and nobody else; ends what was. */
  hand(schedule: string, users: string[], now: number): void {
    const { shifts } = this.#schedule(schedule);
    for (const shift of shifts) if (shift.to === undefined || shift.to > now) shift.to = now;
    for (const user of users) shifts.push({ user, from: now, level: 1 });
  }

  /** Turns that touch the time between. */
  between(schedule: Schedule, since: number, until: number): Shift[] {
    return schedule.shifts.filter(({ from, to }) => from <= until && (to === undefined || to > since));
  }

  /** Who is woken now. */
  now(schedule: string, now: number): string[] {
    return [...new Set(this.between(this.#schedule(schedule), now, now).map(({ user }) => user))];
  }

  #schedule(id: string): Schedule {
    const schedule = this.schedules.get(id);
    if (schedule === undefined) throw new Error(`there is no schedule ${id}`);
    return schedule;
  }
}
