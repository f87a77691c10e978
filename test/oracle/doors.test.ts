// Random histories against a server of its own, on every system: each door does what the documents say.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run, systemsOf } from '../../oracle/history/run.ts'
import { Target } from '../../oracle/history/target.ts'
import { SYSTEMS } from '../../oracle/model/systems.ts'
import { renderFailure, renderTally } from '../../oracle/report.ts'

const SEED = 2026
/** Each system with something to present is in the focus of one of them. */
const HISTORIES = SYSTEMS.filter(({ opens }) => opens !== 'nothing').length
const PER_HISTORY = 2600
const PRESENTATIONS = 20_000

test(
  `${PRESENTATIONS} presentations, no door opens or stays shut against the documents`,
  { timeout: 600_000 },
  async () => {
    await using target = await Target.start(join(fileURLToPath(import.meta.url), '../../../dist/main.js'))
    const systems = await systemsOf(target)
    expect(systems.map(({ provider }) => provider).sort()).toEqual(SYSTEMS.map(({ provider }) => provider).sort())

    const startedAt = performance.now()
    const tally = await run(target, {
      seed: SEED,
      presentations: Infinity,
      histories: HISTORIES,
      concurrency: 6,
      perHistory: PER_HISTORY,
      maxFailures: 1,
    })
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    console.log(`${renderTally(tally)}\n\n${tally.presentations} presentations in ${seconds} s`)

    const failures = tally.failures.map(
      (failure) =>
        `${renderFailure(failure, failure.history.slice(0, failure.disagreement.index + 1))}\n` +
        `See it again, shrunk: npm run oracle -- --seed ${SEED} --history ${failure.number} --per-history ${PER_HISTORY}`,
    )
    expect(failures.join('\n\n')).toBe('')
    expect(tally.presentations).toBeGreaterThanOrEqual(PRESENTATIONS)
    expect(tally.undetermined / tally.presentations).toBeLessThan(0.05)
    for (const { provider, opens } of SYSTEMS) {
      const system = tally.systems.get(provider)
      if (opens === 'nothing') expect(system?.presentations).toBe(0)
      else {
        expect(system?.opened, provider).toBeGreaterThan(0)
        expect((system?.presentations ?? 0) - (system?.opened ?? 0), provider).toBeGreaterThan(0)
      }
    }
  },
)
