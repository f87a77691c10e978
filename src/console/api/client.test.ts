import { expect, test } from 'vitest'
import { fieldsOf } from './client.ts'
import { isTouched } from './kinds.ts'

test('validation errors are found by the path of their field', () => {
  const tree = { _errors: [], starts_at: { _errors: ['Invalid'] }, a: { _errors: [], b: { _errors: ['x', 'y'] } } }
  expect(fieldsOf(tree)).toEqual({ starts_at: ['Invalid'], 'a.b': ['x', 'y'] })
  expect(fieldsOf(undefined)).toEqual({})
})

test('a change fetches again what depends on it, and what is not known to depend on less', () => {
  expect(isTouched('/access_grants/list', new Set(['access_method']))).toBe(true)
  expect(isTouched('/access_grants/list', new Set(['webhook']))).toBe(false)
  expect(isTouched('/sandbox/cards/list', new Set(['webhook']))).toBe(true)
  expect(isTouched('/something/new', new Set(['webhook']))).toBe(true)
})
