import { expect, test } from 'vitest'
import { compileHints, resembling } from './hints.ts'

const names = ['acs_entrance_ids', 'code', 'ends_at', 'full_name', 'mode', 'reservation_key', 'space_ids', 'starts_at']

test.each([
  ['end_at', 'ends_at'],
  ['ends_att', 'ends_at'],
  ['endsAt', 'ends_at'],
  ['ends-at', 'ends_at'],
  ['end_date', 'ends_at'],
  ['check_out', 'ends_at'],
  ['checkOut', 'ends_at'],
  ['valid_until', 'ends_at'],
  ['expires_at', 'ends_at'],
  ['start', 'starts_at'],
  ['checkin_time', 'starts_at'],
  ['acs_entrance_id', 'acs_entrance_ids'],
  ['entrance_ids', 'acs_entrance_ids'],
  ['space_id', 'space_ids'],
  ['zone_ids', 'space_ids'],
  ['pin', 'code'],
  ['coed', 'code'],
  ['resrevation_key', 'reservation_key'],
  ['name', 'full_name'],
])('%s is probably %s', (name, meant) => {
  expect(resembling(name, names)).toBe(meant)
})

test.each(['workspace_id', 'colour', 'device_name', 'x', 'metadata', 'note', 'attendee', 'id', 'key'])(
  '%s resembles nothing',
  (name) => {
    expect(resembling(name, names)).toBeUndefined()
  },
)

const schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    ends_at: { type: 'string', format: 'date-time' },
    requests: { type: 'array', items: { type: 'object', properties: { mode: { type: 'string' } } } },
    custom_metadata: { type: 'object', additionalProperties: { type: 'string' } },
    login: { type: 'object' },
    visionline_metadata: { type: 'object', properties: { card_format: { type: 'string' } } },
  },
}
const look = compileHints('/things/create', schema, ['older_name'])

test('parameters as they should be raise nothing', () => {
  expect(
    look({ name: 'x', ends_at: '2026-01-01T00:00:00+01:00', requests: [{ mode: 'card' }], older_name: 1 }),
  ).toBeNull()
  expect(look({ custom_metadata: { end_at: 'x' }, login: { nam: 'x' } })).toBeNull()
})

test('a name that is nearly right is an issue, wherever it stands', () => {
  expect(look({ nane: 'x', requests: [{ mode: 'card' }, { modes: 'card' }] })?.misspelt).toEqual([
    { path: ['nane'], message: 'Unrecognized parameter: send `name` instead' },
    { path: ['requests', '1', 'modes'], message: 'Unrecognized parameter: send `mode` instead' },
  ])
})

test('beside the right name a similar one is only told', () => {
  const hints = look({ name: 'x', nane: 'y' })
  expect(hints?.misspelt).toEqual([])
  expect(hints?.warnings).toMatchObject([{ warning_code: 'unrecognized_parameter', parameter: 'nane' }])
})

test('other names, and spellings in metadata of a provider, are told and let through', () => {
  const hints = look({ name: 'x', colour: 'red', visionline_metadata: { cardFormat: 'rfid48' } })
  expect(hints?.misspelt).toEqual([])
  expect(hints?.warnings.map((warning) => warning.parameter)).toEqual(['colour', 'visionline_metadata.cardFormat'])
  expect(hints?.warnings[0]?.message).toBe(
    '"colour" is no parameter of this operation and was ignored. /things/create takes: custom_metadata, ends_at, login, name, older_name, requests, visionline_metadata.',
  )
})

test.each([
  ['2026-07-01T15:00:00', '2026-07-01T15:00:00.000Z'],
  ['2026-07-01', '2026-07-01T00:00:00.000Z'],
])('%s names no time zone', (text, utc) => {
  expect(look({ ends_at: text })?.warnings).toMatchObject([{ warning_code: 'time_zone_assumed', parameter: 'ends_at' }])
  expect(look({ ends_at: text })?.warnings[0]?.message).toContain(utc)
})
