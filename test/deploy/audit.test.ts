// What `npm test` makes of the registry's answer about known vulnerabilities.
import { expect, test } from 'vitest'
// @ts-expect-error a script without types
import { judge as untyped } from '../../scripts/audit.mjs'

const judge = untyped as (output: string) => { ok: boolean; said: string }
const answer = (found: object): string => JSON.stringify({ metadata: { vulnerabilities: found } })

test.each([
  ['high', { high: 1, critical: 0, moderate: 0, total: 1 }],
  ['critical', { high: 0, critical: 2, moderate: 1, total: 3 }],
])('%s ones fail', (_, found) => {
  expect(judge(answer(found)).ok).toBe(false)
})

test.each([
  ['none', { high: 0, critical: 0, total: 0 }, 'ok'],
  ['lesser ones', { high: 0, critical: 0, moderate: 2, total: 2 }, 'ok (2 of lesser weight)'],
])('%s pass', (_, found, said) => {
  expect(judge(answer(found))).toEqual({ ok: true, said })
})

test.each([
  ['nothing', ''],
  ['no JSON', '<html>'],
  ['a refusal', '{"message": "405 Method Not Allowed"}'],
])('a registry that answers %s is told as such', (_, output) => {
  expect(judge(output)).toEqual({ ok: true, said: 'not answered by the registry' })
})
