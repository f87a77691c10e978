/** An access group as it goes over the wire, with what its system has not confirmed yet. */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsAccessGroupRecord, Json, PendingMutation } from '../records.ts'
import { fieldsMutation, membershipMutations, mutation, textList, warningsOf } from './pending.ts'

/** A user whose membership in the group differs between our wish and what the system reported. */
export interface PendingMembership {
  acs_user_id: string
  is_member: boolean
  /** It waits for the group's time to begin, and for nothing else. */
  is_deferred?: boolean
  since: string
}

export interface PresentableAccessGroup extends AcsAccessGroupRecord {
  pending_memberships: PendingMembership[]
  /** Managed on the wire: made by us, or found in an account whose findings are managed by themselves. */
  is_managed_on_wire: boolean
}

export function presentAcsAccessGroup(group: PresentableAccessGroup, definition: SystemDefinition): Json {
  const type = typeOf(group, definition)
  const startsAt = group.starts_at ?? (group.ends_at === null ? null : group.created_at)
  return {
    acs_access_group_id: group.acs_access_group_id,
    acs_system_id: group.acs_system_id,
    workspace_id: group.workspace_id,
    connected_account_id: group.connected_account_id,
    name: group.name,
    display_name: group.name,
    external_type: type.type,
    external_type_display_name: type.display_name,
    access_group_type: type.type,
    access_group_type_display_name: type.display_name,
    ...(startsAt === null ? {} : { access_schedule: { starts_at: startsAt, ends_at: group.ends_at } }),
    is_managed: group.is_managed_on_wire,
    created_at: group.created_at,
    errors: group.errors,
    warnings: warningsOf(group, 'access group'),
    pending_mutations: pendingOf(group),
  }
}

/** Which kind of group it is; the system's own name stands in where the maker has none for its groups. */
function typeOf(
  { external_type }: PresentableAccessGroup,
  { types, system_type, system_type_display_name }: SystemDefinition,
): { type: string; display_name: string } {
  const own = types.otherGroups?.find((other) => other.type === external_type)
  return own ?? types.group ?? { type: system_type, display_name: system_type_display_name }
}

function pendingOf(group: PresentableAccessGroup): PendingMutation[] {
  if (group.is_deleting)
    return [mutation(group, 'deleting', 'The access group is being deleted from the access system.')]
  const members = group.pending_memberships.map((member): PendingMutation => {
    if (member.is_deferred === true) {
      return {
        created_at: member.since,
        message: 'A user is added to the access group when its time begins.',
        mutation_code: 'deferring_user_membership_update',
        acs_user_id: member.acs_user_id,
        variant: 'adding',
      }
    }
    const [from, to] = member.is_member ? [null, member.acs_user_id] : [member.acs_user_id, null]
    const message = member.is_member
      ? 'A user is being added to the access group.'
      : 'A user is being removed from the access group.'
    return {
      created_at: member.since,
      message,
      mutation_code: 'updating_user_membership',
      from: { acs_user_id: from },
      to: { acs_user_id: to },
    }
  })
  if (group.reported === null)
    return [mutation(group, 'creating', 'The access group is being created on the access system.'), ...members]
  if (!group.is_dirty) return members
  const { reported } = group
  const name = fieldsMutation(
    group,
    'updating_group_information',
    'The name of the access group is being updated.',
    // A system with short names may keep it under another one.
    { name: reported['wished_name'] ?? reported['name'] },
    { name: group.name },
  )
  const schedule = fieldsMutation(
    group,
    'updating_access_schedule',
    'The access schedule of the access group is being updated.',
    { starts_at: reported['starts_at'], ends_at: reported['ends_at'] },
    { starts_at: group.starts_at, ends_at: group.ends_at },
    true,
  )
  const doors = membershipMutations(
    group,
    'updating_entrance_membership',
    'acs_entrance_id',
    textList(reported['acs_entrance_ids']),
    group.acs_entrance_ids,
    (isAdding) =>
      isAdding
        ? 'An entrance is being added to the access group.'
        : 'An entrance is being removed from the access group.',
  )
  return [...(name === null ? [] : [name]), ...(schedule === null ? [] : [schedule]), ...doors, ...members]
}
