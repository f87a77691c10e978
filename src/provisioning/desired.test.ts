import { describe, expect, test } from 'vitest'
import { dueGroups } from './desired.ts'

const at = (hour: number): string => `2030-06-01T${String(hour).padStart(2, '0')}:00:00.000Z`

const times = new Map(
  (
    [
      ['always', null, null],
      ['morning', at(8), at(12)],
      ['noon', at(12), at(14)],
      ['evening', at(18), null],
    ] as const
  ).map(([id, starts_at, ends_at]) => [id, { starts_at, ends_at }]),
)

describe('groups that a person is in only while it is their time', () => {
  test.each([
    ['before all of them', 7, ['always'], at(8)],
    ['as the first begins', 8, ['always', 'morning'], at(12)],
    ['as one ends and another begins', 12, ['always', 'noon'], at(18)],
    ['between two', 15, ['always'], at(18)],
    ['in one without end', 23, ['always', 'evening'], null],
  ])('%s', (_when, hour, due, next) => {
    expect(dueGroups([...times.keys()], times, at(hour))).toEqual({ acs_access_group_ids: due, next_at: next })
  })

  test('one that is not known here has no times', () => {
    expect(dueGroups(['elsewhere'], times, at(9))).toEqual({ acs_access_group_ids: ['elsewhere'], next_at: null })
  })
})
