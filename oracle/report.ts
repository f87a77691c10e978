/** What a run found, in words and tables. */
import type { Failure, Tally } from './history/run.ts'
import type { CardRef, History, MethodRef, Operation } from './history/operations.ts'

export function renderTally(tally: Tally): string {
  const rows = [...tally.systems].map(([provider, system]) => [
    provider,
    String(system.presentations),
    String(system.opened),
    String(system.presentations - system.opened),
    String(system.wrongOpenings),
    String(system.wrongRefusals),
    String(system.wrongReasons),
  ])
  const head = ['system', 'presentations', 'opened', 'refused', 'wrong openings', 'wrong refusals', 'wrong reasons']
  const reasons = [...tally.systems].flatMap(([provider, { refused }]) =>
    refused.size === 0 ? [] : [`  ${provider.padEnd(30)} ${listOf(refused)}`],
  )
  return [table([head, ...rows]), '', 'Refused by reason:', ...reasons].join('\n')
}

export function renderRefusedChanges(tally: Tally): string {
  return [...tally.refusedChanges]
    .sort((a, b) => b[1] - a[1])
    .map(([reason, times]) => `  ${String(times).padStart(6)}  ${reason}`)
    .join('\n')
}

/** Where the time went, the most expensive first. */
export function renderTimings(timings: ReadonlyMap<string, { calls: number; ms: number }>): string {
  const rows = [...timings]
    .sort((a, b) => b[1].ms - a[1].ms)
    .map(([path, { calls, ms }]) => [path, String(calls), (ms / 1000).toFixed(1), (ms / calls).toFixed(1)])
  return table([['operation', 'calls', 'seconds', 'ms each'], ...rows])
}

export function renderFailure({ disagreement }: Failure, history: History): string {
  const { kind, expected, got } = disagreement
  return [`${kind}: the documents say "${expected}", the server: "${got}"`, ...renderHistory(history)].join('\n')
}

/** Longer histories are kept in their file alone. */
const MOST_LINES = 80

export function renderHistory(history: History): string[] {
  const width = String(history.length).length
  const lines = history.map(
    (operation, index) => `  ${String(index + 1).padStart(width)}. ${renderOperation(operation)}`,
  )
  if (lines.length <= MOST_LINES) return lines
  return [...lines.slice(0, MOST_LINES / 2), '  ...', ...lines.slice(-MOST_LINES / 2)]
}

function renderOperation(operation: Operation): string {
  switch (operation.do) {
    case 'person':
      return `${operation.as} is a person`
    case 'space':
      return `space ${operation.as} = ${operation.doors.join(', ')}`
    case 'space_add':
      return `space ${operation.space} gains ${operation.doors.join(', ')}`
    case 'space_remove':
      return `space ${operation.space} loses ${operation.doors.join(', ')}`
    case 'grant': {
      const { as, person, doors, spaces, modes, code, key, from, to } = operation
      const more = [key === null ? '' : `, reservation ${key}`, code === undefined ? '' : `, PIN ${code} wished for`]
      return `grant ${as} for ${person}: ${[...doors, ...spaces].join(', ')} by ${modes.join(' + ')}, ${span(from, to)}${more.join('')}`
    }
    case 'retime': {
      const { grant, from, to } = operation
      return `grant ${grant} now${from === undefined ? '' : ` starts ${instant(from)}`}${to === undefined ? '' : ` ends ${instant(to)}`}`
    }
    case 'redoor':
      return `grant ${operation.grant} now is for ${operation.doors.join(', ')}`
    case 'delete_grant':
      return `grant ${operation.grant} is deleted`
    case 'request':
      return `grant ${operation.grant} asks for ${operation.modes.join(' + ')} as well`
    case 'delete_method':
      return `${method(operation.method)} is deleted`
    case 'encode':
      return `${what(operation.what)} is encoded at ${operation.encoder}: card ${operation.as}`
    case 'place': {
      const card = 'blank' in operation.card ? `a blank ${operation.card.blank}` : cardOf(operation.card)
      return `${card} is placed on ${operation.encoder}: card ${operation.as}`
    }
    case 'unplace':
      return `${operation.encoder} is emptied`
    case 'assign':
      return `${cardOf(operation.card)} is assigned to ${method(operation.method)}`
    case 'suspend':
    case 'unsuspend':
      return `${operation.who} is ${operation.do}ed at ${operation.provider}`
    case 'user':
      return `${operation.as} is a user of ${operation.provider}`
    case 'delete_user':
      return `user ${operation.user} is deleted`
    case 'join_group':
      return `${operation.who} joins the group ${operation.group}`
    case 'leave_group':
      return `${operation.who} leaves the group ${operation.group}`
    case 'credential': {
      const { as, user, provider, mode, doors, from, to, guest, code } = operation
      const kind = typeof guest === 'object' ? `joiner of ${guest.joins}` : guest
      return `credential ${as} of ${user} at ${provider}: ${kind} ${mode}${code === undefined ? '' : ` ${code}`}, ${doors.join(', ') || 'no doors of its own'}, ${span(from, to)}`
    }
    case 'end_credential':
      return `credential ${operation.credential} now ends ${instant(operation.to)}`
    case 'delete_credential':
      return `credential ${operation.credential} is deleted`
    case 'phone':
      return `${operation.as} is a phone of ${operation.person}`
    case 'drop_phone':
      return `phone ${operation.phone} is deactivated`
    case 'clock':
      return `the clock moves to ${instant(operation.to)}`
    case 'fault': {
      const { provider, fault, times, encoder } = operation
      return `${encoder ?? provider} fails: ${fault}${times === undefined ? '' : ` (${times} times)`}`
    }
    case 'restart':
      return operation.how === 'kill'
        ? 'the server is killed and started again'
        : 'the server is stopped and started again'
    case 'show_card':
      return `${cardOf(operation.card)} is shown to ${operation.door}`
    case 'enter_code': {
      const from = operation.method
      const code = 'digits' in from ? from.digits : `the PIN of ${what(from)}`
      return `${code} is entered at ${operation.door}`
    }
    case 'show_phone':
      return `phone ${operation.phone} is held to ${operation.door}`
    case 'unlock':
      return `${method(operation.method)} unlocks ${operation.door} from afar`
  }
}

function what(from: MethodRef | { credential: string }): string {
  return 'grant' in from ? method(from) : `credential ${from.credential}`
}

function method({ grant, mode, provider, nth }: MethodRef): string {
  return `${grant}'s ${mode}${nth === 0 ? '' : ` no. ${nth + 1}`} at ${provider}`
}

function cardOf(ref: CardRef): string {
  return 'made' in ref ? `card ${ref.made}` : `registered card no. ${ref.nth + 1} of ${ref.pool}`
}

function span(from: number | null, to: number | null): string {
  return `${from === null ? 'from now' : `from ${instant(from)}`} ${to === null ? 'without end' : `to ${instant(to)}`}`
}

/** `+1d 02:30:00.500` after the beginning. */
function instant(ms: number | null): string {
  if (ms === null) return 'never'
  const days = Math.floor(ms / 86_400_000)
  const time = new Date(((ms % 86_400_000) + 86_400_000) % 86_400_000).toISOString().slice(11, 23)
  return `+${days === 0 ? '' : `${days}d `}${time.replace(/\.000$/, '')}`
}

function listOf(counts: Map<string, number>): string {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n')
}
