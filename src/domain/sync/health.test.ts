import { expect, test } from 'vitest'
import { ChangeSet } from '../changes.ts'
import type { AcsSystemRecord, ConnectedAccountRecord } from '../records.ts'
import { noteSuccess, noteTrouble, type HealthFacts } from './health.ts'
import { pushErrors } from './refused.ts'

const NOW = '2030-06-01T09:00:00.000Z'

/** What the notes read and change of a system and its account. */
function facts(definition: HealthFacts['definition']): HealthFacts {
  const common = { errors: [], warnings: [], created_at: NOW, version: 1 }
  const system = { ...common, acs_system_id: 's', failed_tries: 2, synced_at: NOW }
  return {
    system: system as Partial<AcsSystemRecord> as AcsSystemRecord,
    account: { ...common, connected_account_id: 'a' } as Partial<ConnectedAccountRecord> as ConnectedAccountRecord,
    siblings: [],
    definition,
    now: NOW,
  }
}
const codes = ({ system }: HealthFacts): (string | undefined)[] => system.errors.map((error) => error.error_code)

test.each([
  ['of its own', { errorCodes: { away: ['server_of_maker_unreachable'] } }, 'server_of_maker_unreachable'],
  ['of another maker', {}, 'provider_service_unavailable'],
])('a cause of being away %s: shown as what it is here, and gone with the next answer', (_, definition, shown) => {
  const place = facts(definition)
  noteTrouble(new ChangeSet(), place, { kind: 'unreachable', code: 'server_of_maker_unreachable' }, true)
  expect(codes(place)).toEqual([shown, 'acs_system_disconnected'])
  expect(noteSuccess(new ChangeSet(), place, true)).toBe(true)
  expect(codes(place)).toEqual([])
})

test('refusals are known by the common codes and those of the system', () => {
  expect(pushErrors({}).has('site_is_full')).toBe(false)
  expect(pushErrors({ errorCodes: { refused: ['site_is_full'] } })).toContain('site_is_full')
  expect(pushErrors({})).toContain('provider_issue')
})
