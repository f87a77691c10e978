import { dirty } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import type { AcsCredentialRecord } from '../../../domain/records.ts'
import { codeDoorsOfGroups, credentialFamily } from '../../../store/acs-credentials.ts'
import { claimsOf } from '../../../store/pins.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { isUuid } from '../../people.ts'
import { definitionOf, requireCredential, showCredential } from '../access.ts'
import { markStale, settleCode } from '../changes.ts'
import { checkWishedCode, refuseCodeOfAnother } from './pin.ts'
import { endOf } from './times.ts'

interface Params {
  acs_credential_id: string
  code?: string
  ends_at?: string
}

/** A new PIN or a new end. What is written on a card stays as it is until the card is encoded again. */
export const updateAcsCredential = operation<Params>({
  path: '/acs/credentials/update',
  async handle(params, call) {
    if (!isUuid(params.acs_credential_id)) throw errors.invalidField('acs_credential_id', 'Invalid uuid')
    const id = await call.decide(async () => {
      const credential = await requireCredential(call, params.acs_credential_id)
      if (credential.is_deleting)
        throw errors.notFound('acs_credential', { acs_credential_id: credential.acs_credential_id })
      const definition = definitionOf(call, credential.provider)
      const changes = new ChangeSet()
      if (params.code !== undefined) {
        checkWishedCode(params.code, definition)
        if (credential.access_method !== 'code' && credential.code === null) {
          throw errors.invalidField('code', `A ${credential.access_method} has no PIN to change: leave the code out`)
        }
        await refuseCodeOfAnother(call, definition, params.code, credential)
      }
      const next = {
        code: params.code ?? credential.code,
        ends_at: params.ends_at === undefined ? credential.ends_at : endOf(call, params.ends_at, credential.starts_at),
      }
      if (next.code === credential.code && next.ends_at === credential.ends_at)
        return { changes, result: credential.acs_credential_id }
      const family = await credentialFamily(call.services.store, call.workspaceId, credential.acs_credential_id)
      for (const one of family.filter((member) => !member.is_deleting)) {
        const { acs_credential_id, version } = one
        changes.update('acs_credential', 'acs_credential_id', {
          acs_credential_id,
          version,
          // The PIN beside a mobile key is not on its copies.
          ...(one.parent_acs_credential_id === null ? next : { ends_at: next.ends_at }),
          ...dirty(call.now),
        })
      }
      changes.job('provision', credential.acs_system_id, call.now)
      if (next.ends_at !== credential.ends_at) await markStale(call, changes, definition, family)
      if (next.code !== null && definition.pin?.maker === 'caller') {
        await settleCode(call, changes, { ...credential, ...next }, await pinDoors(call, credential))
      }
      return { changes, result: credential.acs_credential_id }
    })
    return { acs_credential: showCredential(call, await requireCredential(call, id)) }
  },
})

/** Doors on which the PIN stands: those it is claimed on, and those it would be claimed on if it were made now. */
async function pinDoors(call: Call, credential: AcsCredentialRecord): Promise<string[]> {
  const { store } = call.services
  const claimed = (await claimsOf(store, call.workspaceId, [credential.acs_credential_id])).map(
    (claim) => claim.acs_entrance_id,
  )
  if (credential.access_method_id !== null) return claimed
  const [doors, user] = await Promise.all([
    store.getMany(call.workspaceId, 'acs_entrance', 'acs_entrance_id', credential.acs_entrance_ids),
    credential.acs_user_id === null
      ? undefined
      : store.get(call.workspaceId, 'acs_user', 'acs_user_id', credential.acs_user_id),
  ])
  const ofGroups = await codeDoorsOfGroups(store, call.workspaceId, user?.acs_access_group_ids ?? [])
  const own = doors.filter((door) => door.can_unlock_with_code).map((door) => door.acs_entrance_id)
  return [...new Set([...own, ...ofGroups])]
}
