// Each kind of action attempt ends with the error types that the published contract lists for it.
import { openapi } from '@seamapi/types/connect'
import { expect, test } from 'vitest'
import { PUBLISHED_TYPES } from '../../src/provisioning/attempts/refusals.ts'

interface Variant {
  properties: {
    action_type: { enum: string[] }
    status: { enum: string[] }
    error?: { oneOf?: { properties: { type: { enum: string[] } } }[] }
  }
}

const { schemas } = openapi.components as { schemas: { action_attempt: { oneOf: Variant[] } } }
const variants = schemas.action_attempt.oneOf

test.each(Object.entries(PUBLISHED_TYPES))('%s', (actionType, types) => {
  const published = variants
    .filter(
      ({ properties: { action_type, status } }) => action_type.enum[0] === actionType && status.enum[0] === 'error',
    )
    .flatMap(({ properties }) => properties.error?.oneOf ?? [])
    .flatMap(({ properties }) => properties.type.enum)
  expect(published.length).toBeGreaterThan(2)
  expect([...types].sort()).toEqual([...new Set(published)].sort())
})
