import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process, so that a later one with the same number is not taken for it. */
export interface ProcessIdentity {
  pid: number;
  /** When it began, in whatever way this system counts; equal for the same process, and for no other with its number. */
  begun: string;
}

/** The process with this number now; undefined if there is none, or only its remains. */
export function identify(pid: number): ProcessIdentity | undefined {
  const begun = process.platform === 'linux' ? linuxBegun(pid) : psBegun(pid);
  return begun === undefined ? undefined : { pid, begun };
}

export function isAlive(known: ProcessIdentity): boolean {
  return identify(known.pid)?.begun === known.begun;
}

/** Clock ticks since boot, and the boot, so that it holds over a restart of the machine. */
function linuxBegun(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the second field is the name in parentheses, which may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function psBegun(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** Arguments of every process of this machine that we may see. */
export function commandLines(): { pid: number; args: string[] }[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axo', 'pid=,args='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => {
      const [pid = '', ...args] = line.trim().split(/\s+/);
      return { pid: Number(pid), args };
    });
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0') }];
      } catch {
        return []; // gone since, or not ours to read
      }
    });
}
