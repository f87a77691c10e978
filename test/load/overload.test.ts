// More grants than a server takes on at once: those it answers are kept, those it refuses are not (docs/load.md).
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { renderOverload } from '../../load/overload/report.ts'
import { runOverload } from '../../load/overload/run.ts'

const root = join(import.meta.dirname, '../..')
beforeAll(() => void execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' }), 120_000)

test(
  'what is answered is stored once, what is refused is not, and says when to come back',
  { timeout: 240_000 },
  async () => {
    const outcome = await runOverload({
      script: join(root, 'dist/main.js'),
      ...{ grantsPerSecond: 300, readsPerSecond: 20, seconds: 3 },
      env: { LOCKSTITCH_REQUESTS_AT_ONCE: '2' },
    })
    console.log(renderOverload(outcome))
    const { grants, reads } = outcome
    expect(outcome.violations).toEqual([])
    expect(grants.byStatus[200]).toBeGreaterThan(0)
    expect(grants.byStatus[503]).toBeGreaterThan(0)
    // Whether what was never answered is stored, nobody was told.
    const { 200: answered = 0, 0: unanswered = 0 } = grants.byStatus
    expect(outcome.stored).toBeGreaterThanOrEqual(answered)
    expect(outcome.stored).toBeLessThanOrEqual(answered + unanswered)
    expect(grants.withoutRetryAfter + reads.withoutRetryAfter).toBe(0)
  },
)
