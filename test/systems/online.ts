/** What the tests of systems with online doors share, on top of the front desk of hotel.ts. */
import { expect } from 'vitest'
import { ENDS, shifted, STARTS, type FrontDesk, type Json } from './hotel.ts'

/** What happens at a door, by the reason it gives. */
export type Try = (door: string) => Promise<string>

export function byCode(desk: FrontDesk, code: unknown): Try {
  return async (door) => {
    const body = { acs_entrance_id: await desk.door(door), code }
    const { door_attempt } = await desk.server.ok('/sandbox/doors/enter_code', body)
    expect(door_attempt.opened).toBe(door_attempt.reason === 'granted')
    return door_attempt.reason as string
  }
}

export function byCard(desk: FrontDesk, card_number: string): Try {
  return (door) => desk.present(door, card_number)
}

export function byPhone(desk: FrontDesk, device_id: string): Try {
  return (door) => desk.presentPhone(door, device_id)
}

/** Opens from afar; `granted` when the attempt succeeded, `refused` when it did not or was refused at once. */
export function byCloudKey(desk: FrontDesk, access_method_id: string): Try {
  return async (door) => {
    const acs_entrance_id = await desk.door(door)
    const { status, body } = await desk.server.post('/access_methods/unlock_door', {
      access_method_id,
      acs_entrance_id,
    })
    if (status !== 200) return 'refused'
    await desk.server.settle()
    const { action_attempt_id } = body['action_attempt'] as { action_attempt_id: string }
    const { action_attempt: ended } = await desk.server.ok('/action_attempts/get', { action_attempt_id })
    return ended.status === 'success' ? 'granted' : 'refused'
  }
}

/** The access methods of a grant, in the order they were made. */
export async function methodsOf(desk: FrontDesk, grant: Json, mode?: string): Promise<Json[]> {
  const { access_grant_id } = grant as { access_grant_id: string }
  const methods: Json[] = await desk.seam.accessMethods.list({ access_grant_id })
  const ids = grant['access_method_ids'] as string[]
  return methods
    .filter((method) => mode === undefined || method['mode'] === mode)
    .sort((a, b) => ids.indexOf(a['access_method_id'] as string) - ids.indexOf(b['access_method_id'] as string))
}

/** The names of the doors that an access method opens. */
export async function doorsOf(desk: FrontDesk, method: Json): Promise<string[]> {
  const { access_method_id } = method as { access_method_id: string }
  const { batch } = await desk.server.ok('/access_methods/get_related', { access_method_ids: [access_method_id] })
  return (batch.acs_entrances as Json[]).map((door) => door['display_name'] as string).sort()
}

export async function grantOf(desk: FrontDesk, grant: Json): Promise<Json> {
  const { access_grant_id } = grant as { access_grant_id: string }
  return desk.seam.accessGrants.get({ access_grant_id })
}

/** Assigns a registered card that nobody holds; answers with its number. */
export async function assignCard(desk: FrontDesk, access_method_id: string): Promise<string> {
  const acs_system_id = await desk.system()
  const { acs_credentials } = await desk.server.ok('/acs/credentials/list', { acs_system_id })
  const free = (acs_credentials as Json[]).filter((one) => one['acs_user_id'] === undefined)
  const card_number = free[0]?.['card_number'] as string
  await desk.server.ok('/access_methods/assign_card', { access_method_id, card_number })
  await desk.server.settle()
  const { access_method } = await desk.server.ok('/access_methods/get', { access_method_id })
  expect(access_method).toMatchObject({ is_issued: true, is_assignment_required: false })
  return card_number
}

/**
 * Moves the clock over the usual stay and tries the doors a millisecond before it starts, when it starts, a millisecond
 * before it ends and when it ends: granted within it, and at no other time.
 */
export async function throughTheStay(desk: FrontDesk, tries: readonly (readonly [Try, string])[]): Promise<void> {
  const all = async (): Promise<string[]> => {
    const reasons: string[] = []
    for (const [attempt, door] of tries) reasons.push(await attempt(door))
    return reasons
  }
  const granted = tries.map(() => 'granted')
  await desk.server.advance(shifted(STARTS, -1))
  expect(await all(), 'before the start').not.toContain('granted')
  await desk.server.advance(STARTS)
  expect(await all(), 'at the start').toEqual(granted)
  await desk.server.advance(shifted(ENDS, -1))
  expect(await all(), 'before the end').toEqual(granted)
  await desk.server.advance(ENDS)
  expect(await all(), 'at the end').not.toContain('granted')
}

/** A grant of a mode that the system lacks makes no access method, and says so on the grant and as an event. */
export async function expectLacking(desk: FrontDesk, door: string, modes: readonly string[]): Promise<void> {
  for (const mode of modes) {
    const grant = await desk.grant([door], mode)
    expect(grant['access_method_ids'], mode).toEqual([])
    const [error, ...others] = grant['errors'] as Json[]
    expect(others).toEqual([])
    expect(error?.['error_code']).toBe('cannot_create_requested_access_methods')
    const { access_grant_id } = grant as { access_grant_id: string }
    const { events } = await desk.server.ok('/events/list', { since: '2000-01-01T00:00:00Z', access_grant_id })
    const failure = (events as Json[]).find(
      (event) => event['event_type'] === 'access_grant.could_not_create_requested_access_methods',
    )
    expect(failure?.['error_message']).toBe(error?.['message'])
    expect(await desk.events({ access_grant_id })).not.toContain('access_grant.access_granted_to_all_doors')
  }
}

/** The codes of what is wrong with, or to be known of, a resource. */
export function codesOf(resource: Json, list: 'errors' | 'warnings'): string[] {
  const field = list === 'errors' ? 'error_code' : 'warning_code'
  return (resource[list] as Json[]).map((one) => one[field] as string)
}
