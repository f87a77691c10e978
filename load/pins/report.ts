import type { PinsOutcome } from './run.ts'

/** What came of it, in words. */
export function renderPins(outcome: PinsOutcome): string {
  const { made, seconds, taken, codeSpace, doors, seasons, looks, refused, p50, p99, max } = outcome
  const findings: [string, string[]][] = [
    ['told to two people at once', outcome.doubled],
    ['twice in the table', outcome.doubledInTable],
    ['told and standing differ', outcome.unlike],
  ]
  return [
    `${made} allocations in ${seconds.toFixed(0)} s (${(made / seconds).toFixed(0)} a second) by ${outcome.processes.length} processes;`,
    `  ${doors} doors, ${seasons} seasons, on every night ${taken} of the ${codeSpace} PINs of each door taken (${((100 * taken) / codeSpace).toFixed(0)} %)`,
    `  ${(looks / made).toFixed(3)} looks for a free PIN each, ${refused} decided again since the constraint had refused them`,
    `  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${max.toFixed(0)} ms; processes at ${outcome.processes.map(({ rssMb }) => rssMb.toFixed(0)).join(' and ')} MB`,
    `Audit: ${outcome.allocations} holdings over the whole run and ${outcome.standing} that stand compared`,
    ...findings.flatMap(([what, list]) => [
      `  ${what}: ${list.length}`,
      ...list.slice(0, 5).map((one) => `    ${one}`),
    ]),
  ].join('\n')
}

export function isClean(outcome: PinsOutcome): boolean {
  return outcome.doubled.length + outcome.doubledInTable.length + outcome.unlike.length === 0
}
