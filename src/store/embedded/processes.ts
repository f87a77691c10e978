import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { hostname } from 'node:os'

/** Names one run of one process, so that a reused process id is not taken for the old one. */
export interface ProcessMark {
  /** Machine, boot and process-id namespace: ids mean something only to processes that share it. */
  machine: string
  host: string
  pid: number
  /** When the process started, in a form only good for comparing; empty where it cannot be told. */
  started: string
}

let machine: string | undefined

function thisMachine(): string {
  if (machine === undefined) {
    machine = hostname()
    if (process.platform === 'linux') {
      try {
        const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
        machine = `${boot} ${readlinkSync('/proc/self/ns/pid')}`
      } catch {
        // a /proc that hides these leaves the host name
      }
    }
  }
  return machine
}

function linuxStat(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name in the second field may hold spaces and brackets: count from the last bracket
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function psStat(pid: number): { state: string; started: string } | undefined {
  try {
    const options = {
      encoding: 'utf8' as const,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: 'pipe' as const,
    }
    const text = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], options).trim()
    const [state = '', ...started] = text.split(/\s+/)
    return { state, started: started.join(' ') }
  } catch {
    return undefined
  }
}

function look(pid: number): { state: string; started: string } | undefined {
  if (process.platform === 'linux') return linuxStat(pid)
  if (process.platform === 'win32') return undefined
  return psStat(pid)
}

export function startOf(pid: number): string {
  return look(pid)?.started ?? ''
}

let ownStart: string | undefined

export function thisProcess(): ProcessMark {
  ownStart ??= startOf(process.pid)
  return { machine: thisMachine(), host: hostname(), pid: process.pid, started: ownStart }
}

export function isOfThisMachine(mark: ProcessMark): boolean {
  return mark.machine === thisMachine()
}

/** Whether that process still runs. A zombie does not; when in doubt it does. */
export function isRunning(pid: number, started = ''): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM says that it exists and belongs to someone else
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  // asking ps twice a second would be waste where there is no start time to compare
  if (process.platform !== 'linux' && started === '') return true
  const seen = look(pid)
  if (!seen) return true
  if (/^[ZX]/.test(seen.state)) return false
  return started === '' || seen.started === '' || seen.started === started
}

/** Whether a process works in a folder; undefined where this cannot be found out. */
export function worksIn(pid: number, folder: string): boolean | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const there = statSync(`/proc/${pid}/cwd`)
    const here = statSync(folder)
    return there.dev === here.dev && there.ino === here.ino
  } catch {
    return undefined
  }
}
