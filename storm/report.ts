/** What a storm did, in lines to read. */
import type { Outcome, Round } from './run.ts'

export function renderRound({ number, kills, acknowledged, violations }: Round): string {
  const names = kills.map(({ kind, target }) => (kind === target ? kind : `${kind} ${target}`)).join(', ')
  return `  round ${number}: ${names}; ${acknowledged} changes acknowledged so far; ${violations.length} violations`
}

export function renderOutcome(outcome: Outcome): string {
  const { kills, acknowledged, violations, seed, errors } = outcome
  const kinds = new Map<string, number>()
  for (const { kind } of kills) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  const list = (entries: Iterable<[string, number]>): string =>
    [...entries].map(([name, count]) => `${name} ${count}`).join(', ')
  const total = Object.values(acknowledged).reduce((sum, count) => sum + count, 0)
  return [
    '',
    `${kills.length} kills (${list(kinds)}), seed ${seed}, ${outcome.seconds.toFixed(1)} s`,
    `acknowledged changes: ${total} (${list(Object.entries(acknowledged))}); ${outcome.repeated} had to be sent more than once`,
    `events: ${outcome.events}; messages at the receiver: ${outcome.receipts}; comparisons: ${outcome.compared}`,
    `from a kill to the next finished job:            ${spread(outcome.nextJobMs)}`,
    `from a kill to the next acknowledged change:     ${spread(outcome.nextAnswerMs)}`,
    `until all jobs of a dead worker were taken up:   ${spread(outcome.takenUpMs)}`,
    `PostgreSQL back after kill -9:                   ${spread(outcome.recoveryMs)}`,
    `told too late by a worker that died:            ${outcome.lateMs.length} times; put right after ${spread(outcome.lateMs)}`,
    `lines of level error in the logs: ${errors.length}`,
    ...[...new Set(errors.map((line) => line.slice(0, 400)))].slice(0, 5).map((line) => `  ${line}`),
    `violations: ${violations.length}`,
    ...violations.slice(0, 20).map(({ what, evidence }) => `  ${what}: ${evidence.slice(0, 1500)}`),
  ].join('\n')
}

/** Median, 95th percentile and maximum in milliseconds. */
function spread(times: readonly number[]): string {
  if (times.length === 0) return '-'
  const sorted = [...times].sort((a, b) => a - b)
  const at = (part: number): string =>
    `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)} ms`
  return `median ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`
}
