// Two processes race for the PINs that are left at a door where nine of ten are taken (docs/load.md).
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { renderPins } from '../../load/pins/report.ts'
import { runPins } from '../../load/pins/run.ts'

const root = join(import.meta.dirname, '../..')
const small = {
  ...{ script: join(root, 'dist/load.js'), migrations: join(root, 'src/store/migrations') },
  ...{ allocations: 1500, doors: 1, seasons: 2, seed: 3 },
}
beforeAll(() => void execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' }), 120_000)

test('no PIN is given to two people at once', { timeout: 240_000 }, async () => {
  const outcome = await runPins(small)
  console.log(renderPins(outcome))
  expect(outcome.made).toBe(1500)
  expect(outcome.doubled).toEqual([])
  expect(outcome.doubledInTable).toEqual([])
  expect(outcome.unlike).toEqual([])
  // Every holder has one PIN, and was asked about 64 candidates once, seldom twice.
  expect(outcome.standing).toBe(2 * outcome.taken)
  expect(outcome.taken / outcome.codeSpace).toBeGreaterThan(0.89)
  expect(outcome.looks / outcome.made).toBeLessThan(1.2)
})

test('without the constraint some are, and the auditor sees it', { timeout: 240_000 }, async () => {
  const outcome = await runPins({ ...small, seasons: 1, isWithoutConstraint: true })
  console.log(renderPins(outcome))
  expect(outcome.doubled.length).toBeGreaterThan(0)
  expect(outcome.refused).toBe(0)
})
