import { ChangeSet } from '../../domain/changes.ts'
import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import type { AcsUserRecord, UserIdentityRecord } from '../../domain/records.ts'
import { newUserIdentity } from '../../domain/user-identities/user-identity.ts'
import { getUserIdentity } from '../../store/user-identities.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { refuseBlankKey, refuseTakenIdentity, requireUserIdentity } from './access.ts'

interface Params {
  acs_user_id: string
  user_identity_id?: string
  user_identity_key?: string
}

/** Links a user of an access system to an identity; an unknown key makes an identity of that user's data. */
export const addAcsUser = operation<Params>({
  path: '/user_identities/add_acs_user',
  async handle(params, call) {
    const { user_identity_id, user_identity_key } = params
    refuseBlankKey('user_identity_key', user_identity_key)
    if (user_identity_id === undefined && user_identity_key === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `user_identity_id` or `user_identity_key`' })
    }
    const identityId = await call.decide(async () => {
      const user = await call.services.store.get(call.workspaceId, 'acs_user', 'acs_user_id', params.acs_user_id)
      if (user === undefined || user.is_deleting) throw errors.notFound('acs_user', { acs_user_id: params.acs_user_id })
      const changes = new ChangeSet()
      const identity = await identityFor(changes, params, user, call)
      await link(changes, user, identity, call)
      return { changes, result: identity.user_identity_id }
    })
    const shown = await requireUserIdentity(call, { user_identity_id: identityId })
    return { user_identity: presentUserIdentity(shown, shown.acs_users) }
  },
})

async function identityFor(
  changes: ChangeSet,
  { user_identity_id, user_identity_key }: Params,
  user: AcsUserRecord,
  call: Call,
): Promise<UserIdentityRecord> {
  const by = { user_identity_key: user_identity_key ?? '' }
  const known =
    user_identity_id !== undefined
      ? await requireUserIdentity(call, { user_identity_id })
      : await getUserIdentity(call.services.store, call.workspaceId, by, true)
  if (known !== undefined) {
    const { user_identity_id, version } = known
    changes.expect('user_identity', { user_identity_id, version })
    return known
  }
  const { full_name, email_address, phone_number } = user
  const input = { ...by, full_name, email_address, phone_number }
  await refuseTakenIdentity(call, input)
  const made = newUserIdentity(call.workspaceId, input, call.services.ids, call.now)
  changes.insert('user_identity', made)
  return made
}

async function link(changes: ChangeSet, user: AcsUserRecord, identity: UserIdentityRecord, call: Call): Promise<void> {
  const { user_identity_id } = identity
  if (user.user_identity_id === user_identity_id) return
  const { acs_user_id, acs_system_id } = user
  if (user.user_identity_id !== null) {
    throw errors.conflict(
      'The access system user belongs to another user identity. Remove it there first, with user_identities/remove_acs_user.',
      { acs_user_id, user_identity_id: user.user_identity_id },
    )
  }
  const [other] = await call.services.store.read<AcsUserRecord>(
    call.workspaceId,
    'SELECT * FROM acs_user WHERE workspace_id = $1 AND user_identity_id = $2 AND acs_system_id = $3',
    [user_identity_id, acs_system_id],
  )
  if (other !== undefined) {
    throw errors.invalidField(
      'acs_user_id',
      `The user identity already has another user in this access system (${other.acs_user_id}): unlink that one first with /user_identities/remove_acs_user`,
    )
  }
  // Whoever is known to us by name is ours to manage from now on.
  const { version } = user
  changes.update('acs_user', 'acs_user_id', { acs_user_id, version, user_identity_id, is_managed: true })
}
