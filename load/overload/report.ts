import type { Kind, Latency, OverloadOutcome } from './run.ts'

/** What came of it, in words. */
export function renderOverload(outcome: OverloadOutcome): string {
  const { grants, reads, quietReads, rssMb, violations, stored, seconds } = outcome
  const third = Math.max(1, Math.floor(rssMb.length / 3))
  const [first, middle, last] = [rssMb.slice(0, third), rssMb.slice(third, 2 * third), rssMb.slice(-third)]
  return [
    `${seconds} s of ${(grants.offered / seconds).toFixed(0)} grants and ${(reads.offered / seconds).toFixed(0)} reads offered a second`,
    `  grants      ${kind(grants)}`,
    `  reads       ${kind(reads)}`,
    `  quiet reads ${kind(quietReads)}`,
    `  accepted in each second: ${outcome.acceptedPerSecond.join(' ')}`,
    `  memory: ${mean(first)}, ${mean(middle)}, ${mean(last)} MB in the first, second and last third; ${Math.max(...rssMb).toFixed(0)} MB at most`,
    `Audit: ${stored} grants stored, ${violations.length} violations`,
    ...violations.slice(0, 10).map((one) => `  ${one}`),
  ].join('\n')
}

function kind({ byStatus, accepted, refused, withoutRetryAfter }: Kind): string {
  const counts = Object.entries(byStatus).map(
    ([status, count]) => `${count} x ${status === '0' ? 'no answer' : status}`,
  )
  const missing = withoutRetryAfter > 0 ? `; ${withoutRetryAfter} refusals without Retry-After` : ''
  return `${counts.join(', ')}; accepted ${latency(accepted)}; refused ${latency(refused)}${missing}`
}

function latency({ p50, p99, max }: Latency): string {
  return Number.isNaN(p50) ? 'none' : `p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)}, longest ${max.toFixed(0)} ms`
}

function mean(values: readonly number[]): string {
  return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(0)
}
