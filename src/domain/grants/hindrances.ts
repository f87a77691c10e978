/**
 * Grants that were granted and yet open nothing, or less than they say: of a space without doors, without access methods,
 * for somebody who is suspended. Each is a wish that may still come true, so it is a warning and no error; and each is
 * settled by level after every change of the grant, so that none is left standing and none is forgotten.
 */
import type { Problem } from '../records.ts'
import { lostKeys, type LostKey } from './lost-keys.ts'
import type { GrantPlan } from './plan.ts'

/** The published code for all of them; `reason` tells them apart, and from doors that are only on their way. */
const CODE = 'underprovisioned_access'

/** Whether a warning of a grant is one of these: it ends with its reason, not when a change has arrived at the systems. */
export function isHindrance(warning: Problem): boolean {
  return warning.warning_code === CODE && warning['reason'] !== undefined
}

/** Brings the grant's warnings in line with what hinders it now; what is new about doors is announced as well. */
export function settleHindrances(plan: GrantPlan): void {
  const { grant } = plan
  const before = grant.warnings.filter(isHindrance)
  const found = hindrancesOf(plan).map(
    (one) =>
      before.find((known) => known.message === one.message) ?? { created_at: plan.now, warning_code: CODE, ...one },
  )
  if (found.length === before.length && found.every((one) => before.includes(one))) return
  plan.setGrant({ warnings: [...grant.warnings.filter((warning) => !isHindrance(warning)), ...found] })
  const fresh = found.filter((one) => one['reason'] === 'no_doors' && !before.includes(one))
  if (fresh.length === 0) return
  plan.changes.event('access_grant.could_not_create_requested_access_methods', {
    access_grant_id: grant.access_grant_id,
    error_message: fresh.map((one) => one.message).join(' '),
  })
}

type Hindrance = { message: string; reason: string } & Record<string, unknown>

function hindrancesOf(plan: GrantPlan): Hindrance[] {
  if (plan.grant.is_ended) return []
  return [...withoutDoors(plan), ...withoutMethods(plan), ...suspended(plan), ...withoutKeys(plan)]
}

function withoutKeys(plan: GrantPlan): Hindrance[] {
  return lostKeys(plan).map(({ method, how, system, acs_entrance_ids }) => {
    const doors = acs_entrance_ids.map((id) => plan.facts.doors.get(id)?.display_name ?? id).join(', ')
    const where = system === null ? '' : ` at ${system.definition.display_name}`
    return {
      reason: how,
      message: `${doors}: ${WHY[how]}${where}, so this grant does not open there. ${REMEDY[how]}`,
      access_method_ids: [method.access_method_id],
    }
  })
}

const WHY: Record<LostKey['how'], string> = {
  credential_deleted: 'the credential behind its access method was deleted, or the user who held it',
  credential_unassigned: 'the credential behind its access method was taken from its user',
  access_revoked: 'the access of this person was taken away at first hand',
}

const REMEDY: Record<LostKey['how'], string> = {
  credential_deleted:
    'Delete the access method with /access_methods/delete and request another with /access_grants/request_access_methods, or delete the grant.',
  credential_unassigned: 'Give it back with /acs/credentials/assign, or delete the grant.',
  access_revoked: 'Delete the grant, and make another one if the person shall have access.',
}

function withoutDoors({ grant, facts }: GrantPlan): Hindrance[] {
  const reason = 'no_doors'
  const spaces = (facts.spaces ?? []).filter((space) => grant.space_ids.includes(space.space_id))
  const empty = spaces.filter((space) => space.acs_entrance_ids.length === 0)
  if (empty.length > 0) {
    const names = empty.map((space) => `"${space.name}"`).join(', ')
    const effect = grant.door_ids.length === 0 ? 'this grant opens nothing' : 'they add nothing to this grant'
    const subject = empty.length === 1 ? `The space ${names} has no doors` : `The spaces ${names} have no doors`
    return [
      {
        reason,
        message: `${subject}, so ${empty.length === 1 ? effect.replace('they add', 'it adds') : effect}. Add doors with /spaces/add_acs_entrances: the grant follows by itself.`,
        space_ids: empty.map((space) => space.space_id),
      },
    ]
  }
  if (grant.door_ids.length > 0) return []
  return [
    {
      reason,
      message:
        'This grant has no doors any more: its spaces or doors were removed. Give it others with /access_grants/update.',
    },
  ]
}

function withoutMethods({ grant, facts }: GrantPlan): Hindrance[] {
  const isOpened = facts.methods.some((method) => method.access_grant_ids.includes(grant.access_grant_id))
  if (isOpened || grant.door_ids.length === 0 || grant.errors.length > 0) return []
  return [
    {
      reason: 'no_access_methods',
      message:
        'This grant has no access methods, so nothing opens its doors. Request one with /access_grants/request_access_methods.',
    },
  ]
}

function suspended(plan: GrantPlan): Hindrance[] {
  const { facts } = plan
  const systems = new Set(
    plan.grant.door_ids.flatMap((id) => {
      const door = facts.doors.get(id)
      return door === undefined ? [] : [door.acs_system_id]
    }),
  )
  return facts.users
    .filter(
      (user) =>
        user.is_suspended &&
        !user.is_deleting &&
        user.user_identity_id === facts.identity.user_identity_id &&
        systems.has(user.acs_system_id),
    )
    .map((user) => ({
      reason: 'user_suspended',
      message: `This person is suspended at ${plan.system(user.acs_system_id).definition.display_name} (user ${user.acs_user_id}), which keeps its doors shut. Lift it with /acs/users/unsuspend.`,
      acs_user_id: user.acs_user_id,
    }))
}
