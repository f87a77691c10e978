// Twenty kills under load: nothing that was acknowledged is lost, nothing is there twice (docs/storm.md).
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderOutcome } from '../../storm/report.ts'
import { runStorm } from '../../storm/run.ts'

const root = join(import.meta.dirname, '../..')

// About two minutes on an idle machine of two cores; on one that others use as well a multiple of it.
test('20 kills of API, worker and PostgreSQL processes', { timeout: 1_200_000 }, async () => {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' })
  const outcome = await runStorm({ script: join(root, 'dist/main.js'), kills: 20, seed: 7 })
  console.log(renderOutcome(outcome))
  expect(outcome.violations).toEqual([])
  expect(outcome.kills).toHaveLength(20)
  expect(Object.values(outcome.acknowledged).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50)
})
