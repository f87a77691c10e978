import { expect, test } from 'vitest'
import { readJson, toWireInstant } from './rows.ts'

test.each([
  ['2025-06-16T16:54:17.946+00:00', '2025-06-16T16:54:17.946Z'],
  ['2025-06-16T16:54:17.9+00:00', '2025-06-16T16:54:17.900Z'],
  ['2025-06-16T16:54:17+00:00', '2025-06-16T16:54:17.000Z'],
  ['2025-06-16 16:54:17.9+00', '2025-06-16T16:54:17.900Z'],
  ['2025-06-16 16:54:17+00', '2025-06-16T16:54:17.000Z'],
  ['2025-06-16T16:54:17.946123+00:00', '2025-06-16T16:54:17.946Z'],
])('the instant %s goes over the wire as %s', (stored, wire) => {
  expect(toWireInstant(stored)).toBe(wire)
})

test('columns that end in _at or _since are instants, whatever the first row holds there; nothing else is touched', () => {
  const rows = [
    { row: '{"ends_at":null,"name":"2025-06-16T16:54:17+00:00","payload":{"created_at":"2025-06-16T16:54:17+00:00"}}' },
    { row: '{"ends_at":"2025-06-16T16:54:17+00:00","name":"x","payload":{}}' },
  ]
  expect(readJson('SELECT ends_at, name, payload FROM t', rows)).toEqual([
    { ends_at: null, name: '2025-06-16T16:54:17+00:00', payload: { created_at: '2025-06-16T16:54:17+00:00' } },
    { ends_at: '2025-06-16T16:54:17.000Z', name: 'x', payload: {} },
  ])
})
