/**
 * What is decided on is vouched for by the version of a row that is read first: the answers that it vouches for are asked
 * for when that one is there. Asked for at once they may be older, and two systems that confirm at the same moment each
 * miss the other: a PIN of three systems was never issued (test/grants-across/pins.test.ts, one run in some hundred).
 */
import { expect, test } from 'vitest'
import type { AcsCredentialRecord } from '../domain/records.ts'
import { loadDeletionFacts } from './deletion-facts.ts'
import { loadIssuanceFacts } from './issuance-facts.ts'
import type { Store } from './store.ts'

const ROWS: Record<string, object[]> = {
  access_grant: [{ access_grant_id: 'g', version: 1 }],
  access_method: [{ access_method_id: 'm', access_grant_ids: ['g'], is_deleting: true, version: 1 }],
  acs_credential: [{ acs_credential_id: 'c', access_method_id: 'm' }],
}

/** A store that answers after a while, and what it was asked for and answered, in order. */
function slowStore(): { store: Store; log: string[] } {
  const log: string[] = []
  const answer = async (table: string): Promise<object[]> => {
    log.push(`${table} asked`)
    await new Promise((resolve) => setImmediate(resolve))
    log.push(`${table} answered`)
    return ROWS[table] ?? []
  }
  const store = {
    read: (_workspaceId: string, text: string) => answer(/FROM (\w+)/.exec(text)?.[1] ?? ''),
    getMany: (_workspaceId: string, table: string) => answer(table),
  }
  return { store: store as unknown as Store, log }
}

const last = (log: readonly string[], what: string): number => log.lastIndexOf(what)

test('issuance reads credentials after the methods that vouch for them', async () => {
  const { store, log } = slowStore()
  const facts = await loadIssuanceFacts(store, 'w', ['c'], '2030-01-01T00:00:00.000Z')
  expect(facts.methods).toHaveLength(1)
  expect(last(log, 'acs_credential asked')).toBeGreaterThan(last(log, 'access_method answered'))
  expect(log.indexOf('access_method asked')).toBeGreaterThan(log.indexOf('access_grant answered'))
})

test('a deletion reads credentials after their methods, and methods after the grants that wait for them', async () => {
  const { store, log } = slowStore()
  const gone = { acs_credential_id: 'c', access_method_id: 'm' } as AcsCredentialRecord
  expect((await loadDeletionFacts(store, 'w', [gone])).grants).toHaveLength(1)
  expect(log.indexOf('acs_credential asked')).toBeGreaterThan(log.indexOf('access_method answered'))
  expect(last(log, 'access_method asked')).toBeGreaterThan(last(log, 'access_grant answered'))
})
