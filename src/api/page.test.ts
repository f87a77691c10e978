import { expect, test } from 'vitest'
import { keyset } from './page.ts'

test('a statement does not depend on the limit a caller chose: it would be prepared once for every number', () => {
  const after = { created_at: '2025-06-16T16:54:17.946Z', id: '5f4e3d2c-1b0a-4f8e-9d6c-5b4a3c2d1e0f' }
  const texts = (limit: number) =>
    [null, after].map((cursor) => {
      const { where, tail } = keyset({ limit, after: cursor }, 'space_id', 2)
      return where + tail
    })
  expect(texts(5)).toEqual(texts(7))
  expect(keyset({ limit: 5, after: null }, 'space_id', 2).values).toEqual([6])
  expect(keyset({ limit: 5, after }, 'space_id', 2).values).toEqual([after.created_at, after.id, 6])
})
