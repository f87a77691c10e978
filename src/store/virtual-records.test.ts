import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestStore, type TestStore } from '../../test/support/store.ts'
import type { Store } from './store.ts'
import { StoredVirtualRecords } from './virtual-records.ts'

let stores: TestStore
let other: Store
let workspaceId: string
let records: StoredVirtualRecords

beforeAll(async () => {
  stores = await openTestStore()
  other = await stores.another()
})
afterAll(() => stores[Symbol.asyncDispose]())

beforeEach(async () => {
  workspaceId = await stores.workspace()
  records = new StoredVirtualRecords(stores.store, workspaceId, 'building')
})

interface Count {
  count: number
}

test('racing changes of two processes lose nothing, on records that are there and on new ones', async () => {
  const elsewhere = new StoredVirtualRecords(other, workspaceId, 'building')
  const increment = (from: StoredVirtualRecords) =>
    from.change(async (change) => {
      const count = (await change.get<Count>('counter', 'one'))?.count ?? 0
      change.put('counter', 'one', { count: count + 1 })
      return count + 1
    })
  const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => increment(i % 2 === 0 ? records : elsewhere)))
  expect(await records.get<Count>('counter', 'one')).toEqual({ count: 24 })
  expect([...answers].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
})

test('a change sees what it has put, by id, by lookup and in the list', async () => {
  await records.change(async (change) => {
    change.put('card', 'a', { n: 1 }, 'red')
    change.put('card', 'b', { n: 2 }, 'red')
  })
  await records.change(async (change) => {
    change.put('card', 'a', { n: 3 }, 'blue')
    change.put('card', 'c', { n: 4 }, 'red')
    change.delete('card', 'b')
    expect(await change.get('card', 'b')).toBeUndefined()
    expect(await change.find('card', 'red')).toEqual([{ n: 4 }])
    expect(await change.find('card', 'blue')).toEqual([{ n: 3 }])
    expect(await change.list('card')).toHaveLength(2)
    expect(await records.find('card', 'red')).toHaveLength(2)
  })
  expect(await records.find('card', 'red')).toEqual([{ n: 4 }])
  expect(await records.get('card', 'b')).toBeUndefined()
})

test('records of different kinds may share an id, and all are written together', async () => {
  const put = (n: number) =>
    records.change(async (change) => {
      for (const kind of ['user', 'card', 'door']) change.put(kind, 'same', { kind, n })
    })
  await put(1)
  await put(2)
  for (const kind of ['user', 'card', 'door']) expect(await records.get(kind, 'same')).toEqual({ kind, n: 2 })
})

test('a change that fails writes nothing', async () => {
  const failing = records.change(async (change) => {
    change.put('card', 'a', {})
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(await records.list('card')).toEqual([])
})

test('buildings and workspaces do not see one another', async () => {
  await records.change(async (change) => change.put('card', 'a', { of: 'building' }))
  const next = new StoredVirtualRecords(stores.store, workspaceId, 'other')
  const foreign = new StoredVirtualRecords(stores.store, await stores.workspace(), 'building')
  expect(await next.list('card')).toEqual([])
  expect(await foreign.get('card', 'a')).toBeUndefined()
})
