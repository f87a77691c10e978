/** A user of an access system as it goes over the wire, with what the system has not confirmed yet. */
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsUserRecord, Json, PendingMutation, UserIdentityRecord } from '../records.ts'
import {
  fieldsMutation,
  membershipMutations,
  mutation,
  providerMetadata,
  textList,
  waitingSince,
  waitsForTime,
  warningsOf,
} from './pending.ts'

/** The identity's contact data as they stand on its users. */
export type IdentityContact = Pick<UserIdentityRecord, 'full_name' | 'email_address' | 'phone_number'>

/** A credential that is being given to the user, or taken from it. */
export interface PendingAssignment {
  acs_credential_id: string
  is_assigning: boolean
}

/** `identity` is that of `user.user_identity_id`; null when it has none. */
export function presentAcsUser(
  user: AcsUserRecord,
  definition: SystemDefinition,
  identity: IdentityContact | null,
  assignments: readonly PendingAssignment[] = [],
): Json {
  const type = definition.types.user
  const startsAt = user.access_starts_at ?? (user.access_ends_at === null ? null : user.created_at)
  return {
    acs_user_id: user.acs_user_id,
    acs_system_id: user.acs_system_id,
    workspace_id: user.workspace_id,
    connected_account_id: user.connected_account_id,
    ...(user.user_identity_id === null ? {} : { user_identity_id: user.user_identity_id }),
    display_name: user.full_name ?? user.email_address ?? user.phone_number ?? identity?.full_name ?? 'User',
    ...(user.full_name === null ? {} : { full_name: user.full_name }),
    ...(user.email_address === null ? {} : { email: user.email_address, email_address: user.email_address }),
    ...(user.phone_number === null ? {} : { phone_number: user.phone_number }),
    ...(identity === null
      ? {}
      : {
          user_identity_full_name: identity.full_name,
          user_identity_email_address: identity.email_address,
          user_identity_phone_number: identity.phone_number,
        }),
    ...(startsAt === null ? {} : { access_schedule: { starts_at: startsAt, ends_at: user.access_ends_at } }),
    is_suspended: user.is_suspended,
    ...(type === undefined ? {} : { external_type: type.type, external_type_display_name: type.display_name }),
    ...providerMetadata(user.metadata, definition.metadataKey),
    is_managed: user.is_managed,
    last_successful_sync_at: user.last_successful_sync_at,
    created_at: user.created_at,
    errors: user.errors,
    warnings: warningsOf(user, 'user'),
    pending_mutations: pendingOf(user, assignments),
  }
}

function pendingOf(user: AcsUserRecord, assignments: readonly PendingAssignment[]): PendingMutation[] {
  if (user.is_deleting) return [mutation(user, 'deleting', 'The user is being deleted from the access system.')]
  const given = assignments.map((one): PendingMutation => {
    const [from, to] = one.is_assigning ? [null, one.acs_credential_id] : [one.acs_credential_id, null]
    return {
      created_at: waitingSince(user),
      message: one.is_assigning
        ? 'A credential is being assigned to the user.'
        : 'A credential is being unassigned from the user.',
      mutation_code: 'updating_credential_assignment',
      from: { acs_credential_id: from },
      to: { acs_credential_id: to },
    }
  })
  if (user.reported === null) {
    // A user found at the system was never created by us, so nothing of it is pending.
    return user.is_managed || user.is_dirty
      ? [mutation(user, 'creating', 'The user is being created on the access system.'), ...given]
      : given
  }
  if (!user.is_dirty) return given
  const { reported } = user
  const { full_name, email_address, phone_number, is_suspended } = user
  const single = [
    fieldsMutation(user, 'updating_user_information', 'The contact data of the user are being updated.', reported, {
      full_name,
      email_address,
      phone_number,
    }),
    fieldsMutation(
      user,
      'updating_access_schedule',
      'The access schedule of the user is being updated.',
      { starts_at: reported['access_starts_at'], ends_at: reported['access_ends_at'] },
      { starts_at: user.access_starts_at, ends_at: user.access_ends_at },
      true,
    ),
    reported['is_suspended'] === is_suspended
      ? null
      : mutation(
          user,
          'updating_suspension_state',
          is_suspended ? 'The user is being suspended.' : 'The suspension of the user is being lifted.',
          {
            from: { is_suspended: reported['is_suspended'] === true },
            to: { is_suspended },
          },
        ),
  ]
  if (waitsForTime(user)) {
    const told = textList(reported['acs_access_group_ids'])
    const deferred = user.acs_access_group_ids
      .filter((id) => !told.includes(id))
      .map((acs_access_group_id) =>
        mutation(
          user,
          'deferring_group_membership_update',
          'The user is added to the access group when its time begins.',
          { acs_access_group_id, variant: 'adding' },
        ),
      )
    return [...deferred, ...given]
  }
  const groups = membershipMutations(
    user,
    'updating_group_membership',
    'acs_access_group_id',
    textList(reported['acs_access_group_ids']),
    user.acs_access_group_ids,
    (isAdding) =>
      isAdding ? 'The user is being added to an access group.' : 'The user is being removed from an access group.',
  )
  return [...single.filter((one) => one !== null), ...groups, ...given]
}
